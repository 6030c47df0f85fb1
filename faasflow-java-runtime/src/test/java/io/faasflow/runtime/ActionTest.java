package io.faasflow.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.function.ContextFunction;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.TaskFunction;
import io.faasflow.store.Blob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActionTest {
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Action action = new Action(
      getClass().getClassLoader(),
      List.of(new PrintStream(log, true, UTF_8)),
      new Bytes(null, null, 0));

  /** Gives its input and its attempt. */
  public static final class Attempt implements ContextFunction<Object, Map<String, Object>> {
    @Override
    public Map<String, Object> apply(Object input, FunctionContext context) {
      return Map.of("input", input, "attempt", context.attempt(), "at", context.instance());
    }
  }

  /** Static methods. */
  public static final class Methods {
    private Methods() {}

    /** Fails. */
    public static Object fail(Object input) throws IOException {
      throw new IOException("no " + input);
    }

    /** Gives what is no JSON. */
    public static Object strange(Object input) {
      return new Object();
    }

    /** One of two. */
    public static Object twice(String input) {
      return input;
    }

    /** The other. */
    public static Object twice(Integer input) {
      return input;
    }
  }

  private Action.Answer post(String path, String body) throws IOException {
    return action.answer(path, "application/json", body.getBytes(UTF_8));
  }

  private Action.Answer init(String main) throws IOException {
    return post("/init", "{\"value\":{\"main\":\"" + main + "\",\"code\":\"\"}}");
  }

  private static String text(Action.Answer answer) {
    return new String(answer.body(), UTF_8);
  }

  @Test
  void run_afterInit_callsTheFunctionWithItsContext() throws IOException {
    assertThat(init(Attempt.class.getName()).status()).isEqualTo(200);
    Action.Answer answer =
        post("/run", "{\"value\":{\"a\":[1,2.5,null,true]},\"attempt\":3,\"instance\":[4,5]}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.contentType()).isEqualTo("application/json");
    assertThat(answer.endsLog()).isTrue();
    assertThat(text(answer))
        .contains("\"input\":{\"a\":[1,2.5,null,true]}", "\"attempt\":3", "\"at\":[4,5]");
    action.endLog();
    assertThat(log.toString(UTF_8)).isEqualTo("XXX_THE_END_OF_A_WHISK_ACTIVATION_XXX\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "\"text\"", "null", "true", "1.5", "12345678901234567890"})
  void scalars_areWrappedBothWays(String value) throws IOException {
    init(Main.Echo.class.getName());
    Action.Answer answer = action.answer(
        "/run", Action.WRAPPED, ("{\"value\":{\"value\":" + value + "}}").getBytes(UTF_8));
    assertThat(answer.contentType()).isEqualTo(Action.WRAPPED);
    assertThat(text(answer)).isEqualTo("{\"value\":" + value + "}");
  }

  @Test
  void run_ofAFunctionThatThrows_saysWhatAndWritesTheTrace() throws IOException {
    init(Methods.class.getName() + "#fail");
    Action.Answer answer = post("/run", "{\"value\":{}}");
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.endsLog()).isTrue();
    assertThat(text(answer)).contains("java.io.IOException: no {}");
    assertThat(log.toString(UTF_8)).contains("at io.faasflow.runtime.ActionTest$Methods.fail");
  }

  @Test
  void run_ofAFunctionThatGivesNoJson_isAnError() throws IOException {
    init(Methods.class.getName() + "#strange");
    assertThat(text(post("/run", "{\"value\":{}}"))).contains("java.lang.Object is no JSON");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          /run  | {}                                      | uninitialized
          /init | {}                                      | Missing main
          /init | {"value":{"main":"A","code":"class A"}} | no code
          /init | {"value":{"main":"no.A"}}               | There is no class no.A
          /init | {"value":{"main":"java.lang.Object"}}   | implements neither
          /init | {"value":{"main":"java.lang.Math"}}     | no public constructor
          /init | {"value":{"main":"io.faasflow.runtime.ActionTest$Methods#twice"}} | has 2 public static
          /init | []                                      | no JSON object
          /init | {"value":                               | end-of-input
          /init | {} {}                                   | more behind
          """)
  void request_thatIsWrong_isRefused(String path, String body, String reason) throws IOException {
    Action.Answer answer = post(path, body);
    assertThat(answer.status()).isEqualTo(502);
    assertThat(text(answer)).contains(reason);
    assertThat(answer.endsLog()).isFalse();
  }

  @Test
  void init_twice_isRefused_andOtherPathsAreUnknown() throws IOException {
    init(Main.Echo.class.getName());
    assertThat(text(init(Main.Echo.class.getName()))).contains("more than once");
    assertThat(post("/else", "{}").status()).isEqualTo(404);
  }

  @Test
  void json_thatIsNotThere_isAnError() {
    assertThatThrownBy(() -> Json.read(new byte[0])).isInstanceOf(IOException.class);
  }

  /** Gives the blob that it takes, another one, and its bytes. */
  public static final class Bytewise implements TaskFunction<Map<String, Object>, List<Object>> {
    @Override
    public List<Object> apply(Map<String, Object> input) throws Exception {
      Blob blob = (Blob) input.get("blob");
      byte[] bytes = new byte[(int) blob.length()];
      blob.buffer().get(bytes);
      return List.of(blob, Blob.of("text/b", bytes), bytes);
    }
  }

  @Test
  void blobs_comeAndGoAsFiles(@TempDir Path folder) throws Exception {
    Path in = Files.createDirectory(folder.resolve("in"));
    Path out = Files.createDirectory(folder.resolve("out"));
    Files.writeString(in.resolve("a"), "12345");
    Action files = new Action(
        getClass().getClassLoader(),
        List.of(new PrintStream(log, true, UTF_8)),
        new Bytes(in, out, 5));
    String init = "{\"value\":{\"main\":\"" + Bytewise.class.getName() + "\"}}";
    assertThat(files.answer("/init", "", init.getBytes(UTF_8)).status()).isEqualTo(200);

    Object large = answer(files, "\"contentType\":\"text/a\",\"path\":\"" + in + "/a\"");
    assertThat(large)
        .isEqualTo(List.of(
            file("text/a", "path", in + "/a"),
            file("text/b", "path", out + "/1"),
            file("application/octet-stream", "path", out + "/2")));
    assertThat(out.resolve("1")).hasContent("12345");
    assertThat(out.resolve("2")).hasContent("12345");

    Object small = answer(files, "\"contentType\":\"text/a\",\"data\":\"MTIz\"");
    assertThat(small)
        .isEqualTo(List.of(
            file("text/a", "data", "MTIz"),
            file("text/b", "data", "MTIz"),
            file("application/octet-stream", "data", "MTIz")));

    assertThat(String.valueOf(answer(files, "\"path\":\"" + in + "/../secret\"")))
        .contains("not in the inbox");
  }

  private static Object answer(Action action, String file) throws Exception {
    String run = "{\"value\":{\"blob\":{\"$file\":{" + file + "}}}}";
    return Json.read(action.answer("/run", "", run.getBytes(UTF_8)).body());
  }

  private static Map<String, Object> file(String type, String member, String value) {
    return Map.of("$file", Map.of("contentType", type, member, value));
  }
}
