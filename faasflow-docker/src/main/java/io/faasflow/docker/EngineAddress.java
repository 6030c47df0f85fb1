package io.faasflow.docker;

import com.github.dockerjava.core.DefaultDockerClientConfig;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Pattern;
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
  private static final String DEFAULT = "unix:///var/run/docker.sock";
  private static final String FORMS =
      "addresses look like unix:///PATH or tcp://HOST:PORT. For others, open a tunnel";
  private static final Pattern PASSWORD = Pattern.compile("(//[^:@]*):.*@");
  private static final int PORT = 2375;
  private static final int TLS_PORT = 2376;
  private static final int QUIET_SECONDS = 20;
  private static final int UNANSWERED = 3;

  /**
   * The address of an engine, as Docker's own client would have it.
   *
   * @param host null: DOCKER_HOST, or else that of Docker's context, or else this machine's
   * @param certificates null: those of the context, or else of DOCKER_CERT_PATH, if DOCKER_TLS_VERIFY is set
   * @param settings variables of the environment, by name
   * @throws EngineUnavailableException when no engine can be reached so
   */
  static EngineAddress of(
      @Nullable String host,
      @Nullable Certificates certificates,
      Function<String, @Nullable String> settings) {
    String named = host == null ? settings.apply("DOCKER_HOST") : host;
    DockerContext context = null;
    String said = named;
    if (said == null || said.isEmpty()) {
      context = DockerContext.current(settings);
      said = context == null ? DEFAULT : context.host();
    }
    String shown = PASSWORD.matcher(said).replaceFirst("$1:...@")
        + (context == null ? "" : " of Docker's context '" + context.name() + "'");
    URI address;
    try {
      address = new URI(said);
    } catch (URISyntaxException e) {
      throw unusable(shown, FORMS);
    }
    if ("unix".equals(address.getScheme())) {
      if (certificates != null) {
        throw unusable(shown, "certificates are for addresses that begin with tcp://");
      }
      return new EngineAddress(config(said), null);
    }
    if (!isTcp(address)) {
      throw unusable(shown, FORMS);
    }
    Certificates used =
        certificates == null && context != null ? context.certificates() : certificates;
    if (used == null) {
      used = ofSettings(settings);
    }
    return used == null
        ? new EngineAddress(tcp(here(address.getHost(), shown), address, PORT), null)
        : new EngineAddress(tcp(address.getHost(), address, TLS_PORT), used.context());
  }

  private static boolean isTcp(URI address) {
    return "tcp".equals(address.getScheme())
        && address.getHost() != null
        && address.getRawUserInfo() == null
        && address.getRawQuery() == null
        && (address.getRawPath().isEmpty() || address.getRawPath().equals("/"));
  }

  private static DefaultDockerClientConfig tcp(String host, URI address, int usualPort) {
    return config("tcp://" + host + ":" + (address.getPort() >= 0 ? address.getPort() : usualPort));
  }

  private static DefaultDockerClientConfig config(String host) {
    return DefaultDockerClientConfig.createDefaultConfigBuilder()
        // Else it wants a library of its own for TLS, if DOCKER_TLS_VERIFY is set.
        .withCustomSslConfig(() -> null)
        .withDockerHost(host)
        .build();
  }

  private static @Nullable Certificates ofSettings(Function<String, @Nullable String> settings) {
    String verify = settings.apply("DOCKER_TLS_VERIFY");
    if (verify == null || verify.isEmpty()) {
      return null;
    }
    String folder = settings.apply("DOCKER_CERT_PATH");
    return Certificates.in(
        folder == null || folder.isEmpty() ? DockerContext.folder(settings) : Path.of(folder));
  }

  /**
   * The numbers of a host that is this machine. Names are asked for once only: they might have another
   * answer later.
   *
   * @param shown of which address, for messages
   * @throws EngineUnavailableException when it is another machine, or unknown
   */
  private static String here(String host, String shown) {
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isLoopbackAddress()) {
        return address instanceof Inet6Address
            ? "[" + address.getHostAddress() + "]"
            : address.getHostAddress();
      }
    } catch (
        @SuppressWarnings("unused")
        UnknownHostException e) {
      // It is not this one, then.
    }
    throw unusable(
        shown,
        "whoever speaks to an engine without TLS has no secrets from the network. Give the backend"
            + " certificates with tls(...), or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the"
            + " folder of ca.pem, cert.pem and key.pem. A tunnel that ends on this machine needs none");
  }

  private static EngineUnavailableException unusable(String address, String why) {
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
