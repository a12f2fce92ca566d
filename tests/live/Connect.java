import java.io.FileInputStream;
import java.net.URL;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Scanner;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Connects as any program does that uses HttpsURLConnection; one URL and PEM file of trust a line, one answer a line.
    A third word has it wait for the document's status, too: what a server says behind the handshake comes to light. */
public class Connect {
    public static void main(String[] arguments) throws Exception {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] asked = lines.nextLine().split(" ");
            System.out.println(answer(asked[0], asked[1], asked.length > 2).replace('\n', ' '));
        }
    }

    static String answer(String url, String trust, boolean wait) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream file = new FileInputStream(trust)) {
            int number = 0;
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                store.setCertificateEntry("trusted" + number++, certificate);
            }
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        HttpsURLConnection connection = (HttpsURLConnection) new URL(url).openConnection();
        connection.setSSLSocketFactory(context.getSocketFactory());
        connection.setConnectTimeout(5000);
        connection.setReadTimeout(5000);
        try {
            connection.connect();
            String suite = connection.getCipherSuite();
            if (wait) {
                suite = connection.getResponseCode() + " " + suite;
            }
            connection.disconnect();
            return "OK " + suite;
        } catch (Exception refused) {
            StringBuilder told = new StringBuilder("NO");
            for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
                told.append(" | ").append(cause.getClass().getName()).append(": ").append(cause.getMessage());
            }
            return told.toString();
        }
    }
}
