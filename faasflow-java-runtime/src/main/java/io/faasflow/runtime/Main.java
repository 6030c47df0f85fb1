package io.faasflow.runtime;

import io.faasflow.function.TaskFunction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.StandardProtocolFamily;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Serves a function of the jars and folders of classes in {@code /faasflow/app}. With the argument
 * {@code train FOLDER} it serves itself two requests and ends, so that the JVM can archive the classes that
 * it loads at a start. With {@code relay} it is a {@link Relay} to the process that serves.
 */
public final class Main {
  private static final Path APPLICATION = Path.of("/faasflow/app");
  private static final String SOCKET_VARIABLE = "FAASFLOW_SOCKET";

  private Main() {}

  /** What both sides of the class path share; all else is the application's own. */
  private static final class Shared extends ClassLoader {
    Shared() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("io.faasflow.function.")
          || name.startsWith("io.faasflow.store.")
          || name.equals("io.faasflow.run.RunId")) {
        return Class.forName(name, true, Main.class.getClassLoader());
      }
      throw new ClassNotFoundException(name);
    }
  }

  /** For training. */
  public static final class Echo implements TaskFunction<@Nullable Object, @Nullable Object> {
    @Override
    public @Nullable Object apply(@Nullable Object input) {
      return input;
    }
  }

  /** Serves until the process is killed. */
  public static void main(String[] arguments) throws Exception {
    List<java.io.PrintStream> logs = List.of(System.out, System.err);
    if (arguments.length == 2 && arguments[0].equals("train")) {
      try (URLClassLoader loader = new URLClassLoader(new URL[0], Main.class.getClassLoader())) {
        train(Path.of(arguments[1]), new Action(loader, logs, Bytes.of(System.getenv())));
      }
      return;
    }
    String socket = System.getenv(SOCKET_VARIABLE);
    if (arguments.length == 1 && arguments[0].equals("relay")) {
      Relay.run(Path.of(Objects.requireNonNull(socket, SOCKET_VARIABLE)));
      return;
    }
    try (URLClassLoader loader = new URLClassLoader(classPath(APPLICATION), new Shared());
        Server server = Server.open(
            socket == null ? null : Path.of(socket),
            new Action(loader, logs, Bytes.of(System.getenv())))) {
      // Where libraries look for services and resources.
      Thread.currentThread().setContextClassLoader(loader);
      while (true) {
        server.serve();
      }
    }
  }

  private static URL[] classPath(Path folder) throws IOException {
    List<URL> urls = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (var entries = Files.newDirectoryStream(folder)) {
        for (Path entry : entries) {
          urls.add(url(entry));
        }
      }
    }
    return urls.toArray(URL[]::new);
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e); // no path does that
    }
  }

  private static void train(Path folder, Action action) throws Exception {
    Path socket = folder.resolve("train.sock");
    try (Server server = Server.open(socket, action);
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      client.connect(UnixDomainSocketAddress.of(socket));
      send(
          client, "/init", "{\"value\":{\"main\":\"" + Echo.class.getName() + "\",\"code\":\"\"}}");
      send(client, "/run", "{\"value\":{\"a\":[1,2.5,\"b\",true,null]},\"task\":\"t\"}");
      client.shutdownOutput();
      server.serve();
    }
  }

  private static void send(SocketChannel client, String path, String body) throws IOException {
    ByteBuffer request = ByteBuffer.wrap(("POST " + path + " HTTP/1.1\r\nContent-Length: "
            + body.length() + "\r\nContent-Type: application/json\r\n\r\n" + body)
        .getBytes(StandardCharsets.US_ASCII));
    while (request.hasRemaining()) {
      client.write(request);
    }
  }
}
