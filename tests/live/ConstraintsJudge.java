import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.security.AlgorithmConstraints;
import java.security.CryptoPrimitive;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the JDK's own sun.security.util.DisabledAlgorithmConstraints makes of values of jdk.tls.disabledAlgorithms.
 *
 * First line: names, separated by ";" (suites, versions, curves, signatures, schemes). Second: keys, "RSA 1024" or
 * "EC secp256r1". Then a value a line. Prints for each "refused: …" (the JDK would not start with it) or three words of
 * 0 (ruled out) and 1 (permitted): each name as TLS asks, each name as certificates ask, each key.
 * Needs --add-opens java.base/sun.security.util=ALL-UNNAMED and the same for sun.security.ssl.
 */
public class ConstraintsJudge {
    private static final String PROPERTY = "jdk.tls.disabledAlgorithms";
    private static final Set<CryptoPrimitive> USE = EnumSet.of(CryptoPrimitive.KEY_AGREEMENT);

    public static void main(String[] none) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        String[] names = lines.readLine().split(";");
        List<Key> keys = new ArrayList<>();
        for (String wanted : lines.readLine().split(";")) {
            keys.add(key(wanted.split(" ")));
        }
        for (String value = lines.readLine(); value != null; value = lines.readLine()) {
            out.println(told(value, names, keys));
        }
    }

    private static String told(String value, String[] names, List<Key> keys) throws Exception {
        Security.setProperty(PROPERTY, value);
        AlgorithmConstraints tls;
        AlgorithmConstraints plain;
        try {
            tls = constraints(true);
            plain = constraints(false);
        } catch (InvocationTargetException refusal) {
            return "refused: " + refusal.getCause();
        }
        StringBuilder answer = new StringBuilder();
        for (AlgorithmConstraints constraints : new AlgorithmConstraints[] {tls, plain}) {
            for (String name : names) {
                answer.append(constraints.permits(USE, name, null) ? '1' : '0');
            }
            answer.append(' ');
        }
        for (Key key : keys) {
            answer.append(plain.permits(USE, key) ? '1' : '0');
        }
        return answer.toString();
    }

    private static AlgorithmConstraints constraints(boolean ofTls) throws Exception {
        Class<?> kind = Class.forName("sun.security.util.DisabledAlgorithmConstraints");
        Class<?> decomposer = Class.forName("sun.security.util.AlgorithmDecomposer");
        Constructor<?> made = kind.getConstructor(String.class, decomposer);
        Class<?> chosen = ofTls ? Class.forName("sun.security.ssl.SSLAlgorithmDecomposer") : decomposer;
        Constructor<?> parts = chosen.getDeclaredConstructor();
        parts.setAccessible(true);
        return (AlgorithmConstraints) made.newInstance(PROPERTY, parts.newInstance());
    }

    private static Key key(String[] wanted) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(wanted[0]);
        if (wanted[0].equals("EC")) {
            generator.initialize(new ECGenParameterSpec(wanted[1]));
        } else {
            generator.initialize(Integer.parseInt(wanted[1]));
        }
        return generator.generateKeyPair().getPublic();
    }
}
