import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Judges chains as the running JDK's TLS client does, without any of their keys.
 *
 * A real handshake in memory, with a server of our own, goes on until the client asks its trust manager about that
 * server's certificate. In that very call (session, signature schemes, constraints and the peer's name are the
 * client's own) the JDK's PKIX trust manager is asked about every chain for that version and host.
 *
 * First line: the server's PKCS#12 in base64 (password "changeit"). Then, a line each: "version;host;authType;chain;
 * trust", certificates as base64 DER, each after a comma; no host: no endpoint identification. Prints for each, in order,
 * "OK" or the chain of exceptions; it begins with "UNREADABLE" where a certificate of the chain can't be parsed, at
 * which the client ends the handshake before it asks any trust manager. Trusted certificates that can't be parsed
 * are left out.
 */
public class TrustManagerJudge {
    private static final char[] PASSWORD = "changeit".toCharArray();

    public static void main(String[] none) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        KeyStore identity = KeyStore.getInstance("PKCS12");
        identity.load(new ByteArrayInputStream(Base64.getDecoder().decode(lines.readLine())), PASSWORD);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(identity, PASSWORD);
        SSLContext server = context(keys.getKeyManagers(), null);

        List<Question> all = new ArrayList<>();
        Map<List<String>, List<Question>> together = new LinkedHashMap<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split(";", -1);
            Question question = new Question(parts[2], parts[3], parts[4]);
            all.add(question);
            together.computeIfAbsent(Arrays.asList(parts[0], parts[1]), key -> new ArrayList<>()).add(question);
        }
        for (Map.Entry<List<String>, List<Question>> entry : together.entrySet()) {
            ask(entry.getKey().get(0), entry.getKey().get(1), entry.getValue(), server);
        }
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        all.forEach(question -> out.println(question.answer.replaceAll("[\\p{Cntrl}\\u2028\\u2029\\u0085]", " ")));
    }

    private static void ask(String version, String host, List<Question> questions, SSLContext keyed) throws Exception {
        Stand stand = new Stand(questions);
        SSLEngine client = context(null, new TrustManager[] {stand}).createSSLEngine(host.isEmpty() ? null : host, 443);
        client.setUseClientMode(true);
        if (!host.isEmpty()) {
            SSLParameters parameters = client.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            client.setSSLParameters(parameters);
        }
        SSLEngine server = keyed.createSSLEngine();
        server.setUseClientMode(false);
        server.setEnabledProtocols(new String[] {version});
        ByteBuffer up = ByteBuffer.allocate(1 << 16);
        ByteBuffer down = ByteBuffer.allocate(1 << 16);
        for (int turn = 0; !stand.asked; turn++) {
            if (turn == 100) {
                throw new SSLException("the handshake never came to the certificate");
            }
            step(client, down, up);
            step(server, up, down);
        }
    }

    /** Lets one side take what there is to read, then say what it has to say. */
    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
            engine.beginHandshake();
        }
        in.flip();
        while (in.hasRemaining() && engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
            engine.unwrap(in, ByteBuffer.allocate(1 << 16));
            runTasks(engine);
        }
        in.compact();
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            engine.wrap(ByteBuffer.allocate(0), out);
            runTasks(engine);
        }
    }

    private static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private static SSLContext context(KeyManager[] keys, TrustManager[] trusts) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trusts, null);
        return context;
    }

    private static final class Question {
        private final String authType;
        private final String chain;
        private final String trust;
        private String answer;

        Question(String authType, String chain, String trust) {
            this.authType = authType;
            this.chain = chain;
            this.trust = trust;
        }

        void ask(SSLEngine engine) {
            List<X509Certificate> served = new ArrayList<>();
            try {
                for (String part : parts(chain)) {
                    served.add(read(part));
                }
            } catch (Exception unreadable) {
                answer = "UNREADABLE: " + story(unreadable);
                return;
            }
            try {
                KeyStore store = KeyStore.getInstance("JKS");
                store.load(null, null);
                for (String part : parts(trust)) {
                    try {
                        store.setCertificateEntry("trusted" + store.size(), read(part));
                    } catch (CertificateException unreadable) {
                        continue;
                    }
                }
                TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
                factory.init(store);
                TrustManager manager = factory.getTrustManagers()[0];
                X509Certificate[] sent = served.toArray(new X509Certificate[0]);
                ((X509ExtendedTrustManager) manager).checkServerTrusted(sent, authType, engine);
                answer = "OK";
            } catch (Exception refusal) {
                answer = story(refusal);
            }
        }

        private static String story(Exception refusal) {
            StringBuilder story = new StringBuilder();
            for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
                story.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage()).append(" | ");
            }
            return story.toString();
        }

        private static String[] parts(String side) {
            return side.isEmpty() ? new String[0] : side.substring(1).split(",", -1);
        }

        private static X509Certificate read(String part) throws CertificateException {
            byte[] der = Base64.getDecoder().decode(part);
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
        }
    }

    /** Stands where the client's trust manager stands; when asked about the server's chain, asks all its questions. */
    private static final class Stand extends X509ExtendedTrustManager {
        private final List<Question> questions;
        private boolean asked;

        Stand(List<Question> questions) {
            this.questions = questions;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] own, String ownType, SSLEngine engine) {
            questions.forEach(question -> question.ask(engine));
            asked = true;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] own, String ownType, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] own, String ownType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] own, String ownType, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] own, String ownType, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] own, String ownType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
