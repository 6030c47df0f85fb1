package io.faasflow.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The samples in README and user guide: every Java block compiles, every block of YAML that begins
 * with {@code faasflow:} is read, every link to a file leads somewhere.
 *
 * <p>A Java block with imports is a source file. Any other is the body of a method that has a runtime
 * called {@code flow}, and what the testing chapter begins with: an executor, a workflow, an order.
 */
class DocumentationTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w+)\\R(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
  private static final Pattern CLASS = Pattern.compile("class (\\w+)");

  private static final String PRELUDE = """
      import static io.faasflow.workflow.Condition.condition;
      import static io.faasflow.testing.WorkflowAssertions.assertThat;
      import static io.faasflow.workflow.Task.task;
      import static org.assertj.core.api.Assertions.assertThat;
      import io.faasflow.*;
      import io.faasflow.container.*;
      import io.faasflow.docker.*;
      import io.faasflow.examples.orders.*;
      import io.faasflow.faastore.*;
      import io.faasflow.function.*;
      import io.faasflow.graph.*;
      import io.faasflow.observe.*;
      import io.faasflow.partition.*;
      import io.faasflow.run.*;
      import io.faasflow.store.*;
      import io.faasflow.workflow.*;
      import io.faasflow.workflow.yaml.*;
      import java.io.IOException;
      import java.nio.file.*;
      import java.time.Duration;
      import java.util.*;
      abstract class Sample {
        static final Workflow<Order, Receipt> WORKFLOW = OrderProcessing.workflow();
        static final Order ORDER = new Order("o-1", "ada", List.of());
        LocalExecutor executor;
        abstract void outside(LocalExecutor executor);
        void sample(FaasFlow flow) throws Exception {
      """;

  /** A fenced block. */
  record Block(Path file, int line, String language, String text) {
    @Override
    public String toString() {
      return ROOT.relativize(file) + ":" + line;
    }
  }

  private static List<Path> documents() {
    List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> files = Files.walk(ROOT.resolve("src-docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return documents;
  }

  private static List<Block> blocks(String language) throws IOException {
    List<Block> blocks = new ArrayList<>();
    for (Path file : documents()) {
      String text = Files.readString(file);
      Matcher matcher = BLOCK.matcher(text);
      while (matcher.find()) {
        if (matcher.group(1).equals(language)) {
          int line = (int) text.substring(0, matcher.start()).lines().count() + 1;
          blocks.add(new Block(file, line, language, matcher.group(2)));
        }
      }
    }
    assertThat(blocks).isNotEmpty();
    return blocks;
  }

  static List<Block> javaBlocks() throws IOException {
    return blocks("java");
  }

  static List<Block> yamlBlocks() throws IOException {
    return blocks("yaml").stream()
        .filter(block -> block.text().startsWith("faasflow:"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("javaBlocks")
  void javaBlock_compiles(Block block, @TempDir Path out) {
    compile(block, out);
  }

  private static String compile(Block block, Path out) {
    boolean isFile = block.text().startsWith("import");
    String source = isFile ? block.text() : PRELUDE + block.text() + "\n}\n}\n";
    Matcher name = CLASS.matcher(source);
    assertThat(name.find()).isTrue();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + name.group(1) + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    boolean compiled = compiler
        .getTask(
            null,
            null,
            problems,
            List.of(
                "-proc:none", "-d", out.toString(), "-cp", System.getProperty("java.class.path")),
            null,
            List.of(file))
        .call();
    assertThat(compiled)
        .as(() -> problems.getDiagnostics().stream()
                .map(d -> d.getMessage(Locale.ROOT))
                .toList()
            + source)
        .isTrue();
    return name.group(1);
  }

  @Test
  void readmeExample_printsWhatTheReadmeSays(@TempDir Path out) throws Exception {
    Block example = javaBlocks().get(0);
    assertThat(example.file().getFileName()).hasToString("README.md");
    String name = compile(example, out);
    PrintStream standard = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {out.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(standard);
    }
    String line = printed.toString(StandardCharsets.UTF_8).strip();
    assertThat(line).isEqualTo("{be=2, not=1, or=1, to=2}");
    assertThat(Files.readString(example.file())).contains("`" + line + "`");
  }

  @Test
  void yamlBlocks_areRead() throws IOException {
    for (Block block : yamlBlocks()) {
      assertThat(WorkflowReader.create().readText(block.text(), block.toString()))
          .isNotNull();
    }
  }

  @Test
  void links_leadToFiles() throws IOException {
    for (Path file : documents()) {
      Matcher link = LINK.matcher(Files.readString(file));
      while (link.find()) {
        assertThat(file.resolveSibling(link.group(1)).normalize())
            .as("link in " + ROOT.relativize(file))
            .exists();
      }
    }
  }

  @Test
  void readme_firstShellBlock_holdsTwoCommands() throws IOException {
    assertThat(blocks("sh").get(0).text().strip().lines()).hasSize(2);
  }
}
