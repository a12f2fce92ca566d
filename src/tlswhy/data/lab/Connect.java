import java.io.*;
import java.net.Socket;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import java.util.concurrent.*;
import javax.net.ssl.*;

/**
 * Connects to a port of 127.0.0.1 as HttpsURLConnection would: SNI, endpoint identification, a request.
 * As arguments: host, port, PEM file of trusted certificates; says OK, or the chain of exceptions.
 * Without arguments: a line in is id, host, port, PEM file, "name" or "no-name"; a line out is id, OK or exceptions.
 */
public class Connect {
    static final int PATIENCE_MS = 8000;
    static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor();

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 3) {
            System.out.println(ask(new String[] {"", arguments[0], arguments[1], arguments[2], "name"}).strip());
            CLOCK.shutdownNow();
            return;
        }
        List<String> lines = new BufferedReader(new InputStreamReader(System.in)).lines().toList();
        ExecutorService workers = Executors.newFixedThreadPool(16);
        List<Future<String>> answers = new ArrayList<>();
        for (String line : lines) answers.add(workers.submit(() -> ask(line.split("\t"))));
        for (Future<String> answer : answers) System.out.println(answer.get());
        workers.shutdown();
        CLOCK.shutdownNow();
    }

    static String ask(String[] asked) {
        String told;
        try {
            told = connect(asked[1], Integer.parseInt(asked[2]), Paths.get(asked[3]), asked[4].equals("name"));
        } catch (Throwable thrown) {
            StringBuilder chain = new StringBuilder();
            for (Throwable each = thrown; each != null && chain.length() < 2000; each = each.getCause())
                chain.append(chain.length() > 0 ? " <- " : "").append(each.getClass().getName()).append(": ")
                    .append(String.valueOf(each.getMessage()).replaceAll("\\s+", " "));
            told = chain.toString();
        }
        return asked[0] + "\t" + told;
    }

    static String connect(String host, int port, Path trust, boolean sendsName) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trusting(trust), null);
        try (Socket plain = new Socket("127.0.0.1", port)) {
            // A limit for the whole: a server that sends a byte now and then never runs into a read's own.
            CLOCK.schedule(() -> { plain.close(); return null; }, PATIENCE_MS, TimeUnit.MILLISECONDS);
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            if (!sendsName) parameters.setServerNames(List.of());
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write(("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n").getBytes());
            socket.getOutputStream().flush();
            if (socket.getInputStream().read() < 0) throw new EOFException("nothing came back");
            return "OK";
        }
    }

    static TrustManager[] trusting(Path pem) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        try (InputStream file = Files.newInputStream(pem)) {
            if (Files.size(pem) > 0)
                for (java.security.cert.Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(file))
                    store.setCertificateEntry("trusted" + number++, each);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
