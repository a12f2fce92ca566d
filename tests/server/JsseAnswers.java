import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * What the running JDK's TLS server answers to one hello.
 *
 * A line each: "protocols;suites;serverOrder;PKCS#12 in base64, comma-separated (password changeit);hello record in hex"; prints in hex
 * all that the server sends by itself.
 */
public class JsseAnswers {
    private static final Map<String, SSLContext> CONTEXTS = new HashMap<>();

    public static void main(String[] none) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            String[] parts = line.split(";", -1);
            SSLEngine engine = context(parts[3]).createSSLEngine();
            engine.setUseClientMode(false);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setProtocols(parts[0].split(","));
            parameters.setCipherSuites(parts[1].split(","));
            parameters.setUseCipherSuitesOrder(parts[2].equals("1"));
            engine.setSSLParameters(parameters);
            System.out.println(HexFormat.of().formatHex(answer(engine, HexFormat.of().parseHex(parts[4]))));
        }
    }

    private static byte[] answer(SSLEngine engine, byte[] hello) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        ByteBuffer in = ByteBuffer.wrap(hello);
        ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize() + 1024);
        try {
            engine.beginHandshake();
            for (int turn = 0; turn < 40; turn++) {
                HandshakeStatus status = engine.getHandshakeStatus();
                if (status == HandshakeStatus.NEED_UNWRAP) {
                    if (!in.hasRemaining()) break;
                    engine.unwrap(in, plain);
                } else if (status == HandshakeStatus.NEED_TASK) {
                    for (Runnable task; (task = engine.getDelegatedTask()) != null;) task.run();
                } else if (status != HandshakeStatus.NEED_WRAP || !wrap(engine, said)) {
                    break;
                }
            }
        } catch (Exception refused) {
            drain(engine, said);
        }
        return said.toByteArray();
    }

    private static boolean wrap(SSLEngine engine, ByteArrayOutputStream said) throws SSLException {
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize() + 1024);
        Status status = engine.wrap(ByteBuffer.allocate(0), out).getStatus();
        said.write(out.array(), 0, out.position());
        return status == Status.OK;
    }

    private static void drain(SSLEngine engine, ByteArrayOutputStream said) {
        try {
            while (wrap(engine, said) && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) { }
        } catch (Exception nothingMore) {
            // the alert has been sent by then, or there is none
        }
    }

    private static SSLContext context(String keys) throws Exception {
        SSLContext known = CONTEXTS.get(keys);
        if (known != null) return known;
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (String each : keys.split(",")) {
            KeyStore one = KeyStore.getInstance("PKCS12");
            one.load(new ByteArrayInputStream(Base64.getDecoder().decode(each)), password);
            for (String name : Collections.list(one.aliases())) {
                store.setKeyEntry(name, one.getKey(name, password), password, one.getCertificateChain(name));
            }
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, password);
        SSLContext made = SSLContext.getInstance("TLS");
        made.init(factory.getKeyManagers(), null, null);
        CONTEXTS.put(keys, made);
        return made;
    }
}
