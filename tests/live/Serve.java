import java.io.FileInputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.Security;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A JSSE server for every line of a file: port, PKCS#12 store, settings. */
public class Serve {
    public static void main(String[] arguments) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        for (String line : Files.readAllLines(Paths.get(arguments[0]))) {
            String[] site = line.split(" ");
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (FileInputStream file = new FileInputStream(site[1])) {
                store.load(file, "changeit".toCharArray());
            }
            KeyManagerFactory managers = KeyManagerFactory.getInstance("SunX509");
            managers.init(store, "changeit".toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            SSLServerSocket listener =
                (SSLServerSocket) context.getServerSocketFactory().createServerSocket(Integer.parseInt(site[0]), 50, loopback);
            if (site[2].equals("tls11")) {
                listener.setEnabledProtocols(new String[] {"TLSv1.1"});
            }
            new Thread(() -> serve(listener)).start();
        }
    }

    static void serve(SSLServerSocket listener) {
        while (true) {
            try (SSLSocket connection = (SSLSocket) listener.accept()) {
                connection.setSoTimeout(3000);
                connection.startHandshake();
                connection.getInputStream().read();
            } catch (Exception refused) {
                continue;
            }
        }
    }
}
