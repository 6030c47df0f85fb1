package io.faasflow.docker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Files with what TLS needs, as PEM, which Docker uses and the JDK reads only in part. Immutable.
 *
 * @param ca of whoever vouches for the engine; nobody else is believed
 * @param certificate this client's, with those of intermediate authorities behind it
 * @param key to that certificate, without a password
 */
record Certificates(Path ca, Path certificate, Path key) {
  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final Pattern KEY = Pattern.compile(
      "-----BEGIN (|RSA |EC )PRIVATE KEY-----([\\sA-Za-z0-9+/=]+)-----END \\1PRIVATE KEY-----");

  /** The files of a folder, as Docker names them. */
  static Certificates in(Path folder) {
    return new Certificates(
        folder.resolve("ca.pem"), folder.resolve("cert.pem"), folder.resolve("key.pem"));
  }

  /** @throws EngineUnavailableException when they cannot be used */
  SSLContext context() {
    Path read = ca;
    try {
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(authorities(certificates(ca)));
      read = certificate;
      Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
      read = key;
      KeyManagerFactory own =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      own.init(own(chain, privateKey(Files.readString(key), chain[0].getPublicKey())), new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
      return context;
    } catch (NoSuchFileException e) {
      throw unusable(read, "there is no such file", e);
    } catch (AccessDeniedException e) {
      throw unusable(read, "this user may not read it", e);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw unusable(read, String.valueOf(e.getMessage()), e);
    }
  }

  private static EngineUnavailableException unusable(Path file, String why, Exception cause) {
    return new EngineUnavailableException(
        "The Docker engine cannot be spoken to: " + file + " is of no use: " + why
            + ". TLS needs a CA's certificates, a client's certificate and its key, as PEM",
        cause);
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (all.isEmpty()) {
        throw new IOException("it has no certificate");
      }
      return all;
    }
  }

  private static KeyStore authorities(Collection<? extends Certificate> all)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    for (Certificate one : all) {
      store.setCertificateEntry(Integer.toString(store.size()), one);
    }
    return store;
  }

  private static KeyStore own(Certificate[] chain, PrivateKey key)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    store.setKeyEntry("client", key, new char[0], chain);
    return store;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** A key in the general form, or in those of RSA and of elliptic curves alone that older tools write. */
  private static PrivateKey privateKey(String pem, PublicKey other)
      throws IOException, GeneralSecurityException {
    Matcher found = KEY.matcher(pem);
    if (!found.find()) {
      throw new IOException("it has no private key, or one with a password");
    }
    byte[] bytes = Base64.getMimeDecoder().decode(found.group(2));
    byte[] general = found.group(1).isEmpty() ? bytes : general(bytes, other);
    PrivateKey key = KeyFactory.getInstance(other.getAlgorithm())
        .generatePrivate(new PKCS8EncodedKeySpec(general));
    if (!belong(key, other)) {
      throw new IOException("it is not the key of the client's certificate");
    }
    return key;
  }

  /** Whether one verifies what the other one signs; taken for granted where neither RSA nor EC is used. */
  private static boolean belong(PrivateKey key, PublicKey other) throws GeneralSecurityException {
    String algorithm = other.getAlgorithm();
    if (!algorithm.equals("RSA") && !algorithm.equals("EC")) {
      return true;
    }
    Signature signature =
        Signature.getInstance(algorithm.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
    signature.initSign(key);
    byte[] signed = signature.sign();
    signature.initVerify(other);
    return signature.verify(signed);
  }

  /**
   * The general form of a key (PKCS #8, RFC 5208, 5): version 0, which algorithm, and the key in the form of
   * that. The certificate's public key begins with the same algorithm (X.509, RFC 5280, 4.1).
   */
  private static byte[] general(byte[] key, PublicKey other) {
    ByteBuffer der = ByteBuffer.wrap(other.getEncoded());
    enter(der);
    ByteBuffer algorithm = der.slice();
    int length = enter(algorithm);
    algorithm.limit(algorithm.position() + length).position(0);
    byte[] version = {2, 1, 0};
    return der(SEQUENCE, version, bytes(algorithm), der(OCTET_STRING, key));
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.write(tag);
    byte[] length = BigInteger.valueOf(content.size()).toByteArray();
    int sign = length[0] == 0 ? 1 : 0;
    if (content.size() >= 0x80) {
      value.write(0x80 | (length.length - sign));
    }
    value.write(length, sign, length.length - sign);
    value.writeBytes(content.toByteArray());
    return value.toByteArray();
  }

  /** Goes behind the tag and the length of a value in DER; gives its length. */
  private static int enter(ByteBuffer der) {
    der.get();
    int length = der.get() & 0xFF;
    if (length < 0x80) {
      return length;
    }
    byte[] more = new byte[length & 0x7F];
    der.get(more);
    return new BigInteger(1, more).intValueExact();
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] all = new byte[from.remaining()];
    from.get(all);
    return all;
  }
}
