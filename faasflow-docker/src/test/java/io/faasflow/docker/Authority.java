package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A certificate authority of the test's own. What it signs is made by the JDK's keytool, for two days. */
final class Authority {
  private static final String PASSWORD = "password";
  private static final int PATIENCE_SECONDS = 120;

  private final Path folder;
  private final Path keys;

  /** @param folder exists */
  Authority(Path folder) throws Exception {
    this.folder = folder;
    this.keys = folder.resolve("keys");
    make("ca", "EC", "-ext", "bc:c");
  }

  /**
   * Makes a key and signs its certificate.
   *
   * @param algorithm of the key: EC or RSA
   * @param extension of the certificate, as keytool has it
   * @return the files, in a folder as Docker wants it
   */
  Certificates sign(String name, String algorithm, String extension) throws Exception {
    make(name, algorithm, "-signer", "ca", "-ext", extension);
    return files(name);
  }

  /** Its own key and certificate, which it has signed itself. */
  Certificates itself() throws Exception {
    return files("ca");
  }

  private Certificates files(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    Certificates files = Certificates.in(Files.createDirectory(folder.resolve(name)));
    write(files.ca(), "CERTIFICATE", store.getCertificate("ca").getEncoded());
    write(files.certificate(), "CERTIFICATE", store.getCertificate(name).getEncoded());
    write(files.key(), "PRIVATE KEY", store.getKey(name, PASSWORD.toCharArray()).getEncoded());
    return files;
  }

  static void write(Path file, String what, byte[] der) throws Exception {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n", US_ASCII);
  }

  private void make(String name, String algorithm, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-genkeypair",
        "-alias",
        name,
        "-dname",
        "CN=" + name,
        "-keyalg",
        algorithm,
        "-keysize",
        algorithm.equals("EC") ? "256" : "2048",
        "-validity",
        "2",
        "-keystore",
        keys.toString(),
        "-storetype",
        "PKCS12",
        "-storepass",
        PASSWORD));
    command.addAll(List.of(more));
    Path said = folder.resolve("keytool.log");
    Process keytool = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
    if (!keytool.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
      keytool.destroyForcibly();
      throw new IllegalStateException("keytool: " + Files.readString(said));
    }
  }
}
