import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * The running JRE as a TLS client: tells what it is, then connects wherever it is asked to.
 *
 * Prints "name=value" lines, the last of them "ready=". Then, for each line "port;host;trusted certificates as
 * comma-separated base64 DER" of its input, connects to 127.0.0.1 as HttpsURLConnection would (server name, endpoint
 * identification), sends a request, waits for one byte of the answer, and prints "OK" or the chain of exceptions.
 */
public class JavaClient {
    public static void main(String[] none) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String name : new String[] {"java.version", "java.vendor"}) {
            out.println(name + "=" + System.getProperty(name));
        }
        for (String name : new String[] {
            "jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms", "jdk.disabled.namedCurves",
            "jdk.tls.legacyAlgorithms", "jdk.security.caDistrustPolicies"}) {
            String value = Security.getProperty(name);
            out.println(name + "=" + (value == null ? "" : value));
        }
        SSLParameters defaults = SSLContext.getDefault().getDefaultSSLParameters();
        out.println("protocols=" + String.join(" ", defaults.getProtocols()));
        out.println("suites=" + String.join(" ", defaults.getCipherSuites()));
        SSLParameters supported = SSLContext.getDefault().getSupportedSSLParameters();
        out.println("supported=" + String.join(" ", supported.getCipherSuites()));
        TreeSet<String> signatures = new TreeSet<>();
        for (Provider provider : Security.getProviders()) {
            for (Provider.Service service : provider.getServices()) {
                if (service.getType().equals("Signature") && !provider.getName().startsWith("SunPKCS11")) {
                    signatures.add(service.getAlgorithm());
                }
            }
        }
        out.println("signatures=" + String.join(" ", signatures));
        out.println("hello=" + hello());
        out.println("ready=");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split(";", -1);
            out.println(connect(Integer.parseInt(parts[0]), parts[1], parts[2]).replace('\n', ' '));
        }
    }

    private static String hello() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        SSLEngine engine = context.createSSLEngine("gadgets.example.test", 443);
        engine.setUseClientMode(true);
        ByteBuffer record = ByteBuffer.allocate(1 << 16);
        engine.beginHandshake();
        engine.wrap(ByteBuffer.allocate(0), record);
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < record.position(); i++) {
            hex.append(String.format("%02x", record.get(i)));
        }
        return hex.toString();
    }

    private static String connect(int port, String host, String trust) throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        try {
            for (String der : trust.isEmpty() ? new String[0] : trust.split(",")) {
                byte[] bytes = Base64.getDecoder().decode(der);
                store.setCertificateEntry("trusted" + store.size(), factory.generateCertificate(new ByteArrayInputStream(bytes)));
            }
        } catch (Exception unreadable) {
            return "trust store: " + unreadable;
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        java.net.Socket plain = new java.net.Socket("127.0.0.1", port);
        plain.setSoTimeout(10000);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes("US-ASCII"));
            if (socket.getInputStream().read() < 0) {
                return "closed after the handshake";
            }
            return "OK " + socket.getSession().getProtocol() + " " + socket.getSession().getCipherSuite();
        } catch (Exception refusal) {
            StringBuilder story = new StringBuilder();
            for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
                story.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage()).append(" | ");
            }
            return story.toString();
        }
    }
}
