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

/** A JSSE server for every line of a file: port, PKCS#12 store, protocols and suites; of the last two each is a list with
    commas, - stands for the usual ones, and the suites may be left out; "asked" or "demanded" at the end: of the client
    a certificate. Of two stores with a plus between them the first has the certificates, the second the key that signs:
    no check of JSSE's keeps them from being strangers. */
public class Serve {
    public static void main(String[] arguments) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        Security.setProperty("jdk.tls.legacyAlgorithms", "");
        for (String line : Files.readAllLines(Paths.get(arguments[0]))) {
            String[] site = line.split(" ");
            String[] stores = site[1].split("\\+");
            KeyStore store = load(stores[0]);
            if (stores.length > 1) {
                KeyStore other = load(stores[1]);
                String alias = store.aliases().nextElement();
                java.security.Key key = other.getKey(other.aliases().nextElement(), "changeit".toCharArray());
                store.setKeyEntry(alias, key, "changeit".toCharArray(), store.getCertificateChain(alias));
            }
            KeyManagerFactory managers = KeyManagerFactory.getInstance("SunX509");
            managers.init(store, "changeit".toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            SSLServerSocket listener =
                (SSLServerSocket) context.getServerSocketFactory().createServerSocket(Integer.parseInt(site[0]), 50, loopback);
            if (!site[2].equals("-")) {
                listener.setEnabledProtocols(site[2].split(","));
            }
            if (site.length > 3 && !site[3].equals("-")) {
                listener.setEnabledCipherSuites(site[3].split(","));
            }
            if (site.length > 4) {
                listener.setWantClientAuth(site[4].equals("asked"));
                if (site[4].equals("demanded")) {
                    listener.setNeedClientAuth(true);
                }
            }
            new Thread(() -> serve(listener)).start();
        }
    }

    static KeyStore load(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(name)) {
            store.load(file, "changeit".toCharArray());
        }
        return store;
    }

    static void serve(SSLServerSocket listener) {
        while (true) {
            try (SSLSocket connection = (SSLSocket) listener.accept()) {
                connection.setSoTimeout(3000);
                connection.startHandshake();
                if (connection.getInputStream().read() >= 0) {
                    connection.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\n".getBytes());
                }
            } catch (Exception refused) {
                continue;
            }
        }
    }
}
