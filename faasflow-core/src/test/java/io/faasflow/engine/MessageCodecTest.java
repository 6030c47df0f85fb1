package io.faasflow.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.run.RunId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
  private final MessageCodec codec = new MessageCodec();

  static List<Message> messages() {
    RunRef run = new RunRef(new RunId(-1, Long.MIN_VALUE), "worker-1", 1L << 60, "w@1#2 \"ü\"");
    return List.of(
        new Message.Trigger(run, Integer.MAX_VALUE, false, 3),
        new Message.Trigger(run, 3, true, 0),
        new Message.Assign(run, 7, List.of(3, 4)),
        new Message.Completed(run, 8, 1),
        new Message.Failed(
            run,
            9,
            "task",
            "function",
            List.of(1, 2),
            3,
            "worker-2",
            "Type",
            "text\n",
            "trace\u0000"),
        new Message.Prewarm(run, List.of(5, 6)),
        new Message.EndRun(run, Long.MAX_VALUE, true));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void decode_ofWhatEncodeWrote_givesAnEqualMessage(Message message) {
    assertThat(codec.decode(codec.encode(message))).isEqualTo(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"kind\":\"other\"}",
        "{\"kind\":\"java.lang.Runtime\"}",
        "{\"kind\":\"assign\"}",
        "{\"kind\":\"assign\",\"node\":1}",
        "{\"kind\":\"assign\",\"run\":null,\"node\":1}",
        "{\"kind\":\"assign\",\"run\":{\"id\":{\"high\":1,\"low\":1},\"home\":\"h\",\"sequence\":1,"
            + "\"deployment\":\"d\"},\"node\":null}",
        "{\"kind\":\"assign\",\"run\":{\"id\":{\"high\":1,\"low\":1},\"home\":\"h\",\"sequence\":1,"
            + "\"deployment\":\"d\"},\"node\":1,\"more\":1}",
        "{\"kind\":\"assign\",\"run\":{\"id\":{\"high\":1,\"low\":1},\"home\":\"h\",\"sequence\":1,"
            + "\"deployment\":\"d\"},\"node\":1} {}"
      })
  void decode_ofAnythingElse_isRefused(String json) {
    assertThatThrownBy(() -> codec.decode(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("This is no message");
  }
}
