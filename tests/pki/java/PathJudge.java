import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Judges chains with the running JDK's own PKIX trust manager: a line "chain;trust" of comma-separated base64 DER. */
public class PathJudge {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(judge(line.split(";", -1)).replace('\n', ' '));
        }
    }

    private static String judge(String[] sides) {
        try {
            X509Certificate[] chain = read(sides[0]);
            KeyStore store = KeyStore.getInstance("JKS");
            store.load(null, null);
            int number = 0;
            for (X509Certificate certificate : read(sides[1])) {
                store.setCertificateEntry("trusted" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            ((X509TrustManager) factory.getTrustManagers()[0]).checkServerTrusted(chain, "ECDHE_RSA");
            return "OK";
        } catch (Exception refusal) {
            StringBuilder story = new StringBuilder();
            for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
                story.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage()).append(" | ");
            }
            return story.toString();
        }
    }

    private static X509Certificate[] read(String side) throws Exception {
        if (side.isEmpty()) {
            return new X509Certificate[0];
        }
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        String[] parts = side.split(",");
        X509Certificate[] certificates = new X509Certificate[parts.length];
        for (int i = 0; i < parts.length; i++) {
            byte[] der = Base64.getDecoder().decode(parts[i]);
            certificates[i] = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
        }
        return certificates;
    }
}
