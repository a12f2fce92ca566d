import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import sun.security.util.HostnameChecker;

/** Reads "host TAB certificate in base64" lines; prints, for each, 1 or 0 and the subject's canonical form. */
public class AgainstJava {
    public static void main(String[] none) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        HostnameChecker checker = HostnameChecker.getInstance(HostnameChecker.TYPE_TLS);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t", -1);
            byte[] der = Base64.getDecoder().decode(parts[1]);
            X509Certificate certificate =
                    (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
            int matched = 1;
            try {
                checker.match(parts[0], certificate);
            } catch (CertificateException | RuntimeException refused) {
                matched = 0;
            }
            byte[] canonical = certificate.getSubjectX500Principal().getName("CANONICAL").getBytes("UTF-8");
            out.println(matched + "\t" + Base64.getEncoder().encodeToString(canonical));
        }
    }
}
