package io.faasflow.docker;

import com.github.dockerjava.core.DefaultDockerClientConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * Where an engine is: on this machine, behind a Unix socket; or wherever, behind TCP, which is TLS unless
 * it ends on this machine. Immutable.
 *
 * @param config docker-java's, with the address
 * @param tls null: in plain text
 */
record EngineAddress(
    DefaultDockerClientConfig config, @Nullable SSLContext tls) {
  private static final int PORT = 2375;
  private static final int TLS_PORT = 2376;
  private static final int QUIET_SECONDS = 20;
  private static final int UNANSWERED = 3;

  /**
   * The address of an engine, as Docker's own client would have it.
   *
   * @param host null: what DOCKER_HOST and Docker's own configuration say
   * @param certificates null: those of DOCKER_CERT_PATH, if DOCKER_TLS_VERIFY is set
   * @param settings variables of the environment, by name
   * @throws EngineUnavailableException when no engine can be reached so
   */
  static EngineAddress of(
      @Nullable String host,
      @Nullable Certificates certificates,
      Function<String, @Nullable String> settings) {
    DefaultDockerClientConfig.Builder builder =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            // Else it wants a library of its own for TLS, if DOCKER_TLS_VERIFY is set.
            .withCustomSslConfig(() -> null);
    if (host != null) {
      builder.withDockerHost(host);
    }
    URI said = builder.build().getDockerHost();
    if ("unix".equals(said.getScheme())) {
      if (certificates != null) {
        throw unusable(said, "certificates are for addresses that begin with tcp://");
      }
      return new EngineAddress(builder.build(), null);
    }
    if (!"tcp".equals(said.getScheme())
        || said.getHost() == null
        || said.getRawUserInfo() != null
        || said.getRawQuery() != null
        || !(said.getRawPath().isEmpty() || said.getRawPath().equals("/"))) {
      throw unusable(
          said, "addresses look like unix:///PATH or tcp://HOST:PORT. For others, open a tunnel");
    }
    Certificates used = certificates == null ? ofSettings(settings) : certificates;
    if (used == null && !isHere(said.getHost())) {
      throw unusable(
          said,
          "whoever speaks to an engine without TLS has no secrets from the network. Give the backend"
              + " certificates with tls(...), or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the"
              + " folder of ca.pem, cert.pem and key.pem. A tunnel that ends on this machine needs none");
    }
    int port = said.getPort() >= 0 ? said.getPort() : used == null ? PORT : TLS_PORT;
    builder.withDockerHost("tcp://" + said.getHost() + ":" + port);
    return new EngineAddress(builder.build(), used == null ? null : used.context());
  }

  private static @Nullable Certificates ofSettings(Function<String, @Nullable String> settings) {
    if (isEmpty(settings.apply("DOCKER_TLS_VERIFY"))) {
      return null;
    }
    for (String name : List.of("DOCKER_CERT_PATH", "DOCKER_CONFIG")) {
      String folder = settings.apply(name);
      if (folder != null && !folder.isEmpty()) {
        return Certificates.in(Path.of(folder));
      }
    }
    return Certificates.in(Path.of(System.getProperty("user.home", ""), ".docker"));
  }

  private static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private static boolean isHere(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (
        @SuppressWarnings("unused")
        UnknownHostException e) {
      return false;
    }
  }

  private static EngineUnavailableException unusable(URI address, String why) {
    return new EngineUnavailableException(
        "The Docker engine at " + address + " cannot be used: " + why, null);
  }

  URI uri() {
    return config.getDockerHost();
  }

  /** Whether the engine and this process see the same files. */
  boolean sharesFiles() {
    return "unix".equals(uri().getScheme());
  }

  /**
   * Connects a channel with an engine behind TCP. Blocks; an interrupt, or closing the channel, ends that.
   *
   * @return what to read and write by
   */
  Socket connect(SocketChannel channel) throws IOException {
    String host = uri().getHost();
    InetSocketAddress address = new InetSocketAddress(host, uri().getPort());
    if (address.isUnresolved()) {
      throw new UnknownHostException(host);
    }
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    // A container may be idle for long: no router must forget its connection meanwhile. And a
    // machine that is gone does not say so.
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, QUIET_SECONDS);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, QUIET_SECONDS);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, UNANSWERED);
    channel.connect(address);
    if (tls == null) {
      return channel.socket();
    }
    SSLSocket secured = (SSLSocket)
        tls.getSocketFactory().createSocket(channel.socket(), host, uri().getPort(), true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the certificate is one for this host
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }

  @Override
  public String toString() {
    return uri().toString();
  }
}
