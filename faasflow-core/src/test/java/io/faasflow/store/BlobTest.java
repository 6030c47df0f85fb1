package io.faasflow.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.FaasFlow;
import io.faasflow.LocalExecutor;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobTest {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  @TempDir
  private Path directory;

  private static void holdsHello(Blob blob) throws IOException {
    assertThat(blob.length()).isEqualTo(5);
    for (int i = 0; i < 2; i++) {
      try (InputStream in = blob.open()) {
        assertThat(in.read()).isEqualTo('h');
        assertThat(in.readAllBytes()).isEqualTo(new byte[] {'e', 'l', 'l', 'o'});
        assertThat(in.read()).isEqualTo(-1);
      }
      ByteBuffer buffer = blob.buffer();
      byte[] all = new byte[5];
      buffer.get(all);
      assertThat(all).isEqualTo(HELLO);
      assertThatThrownBy(() -> buffer.put(0, (byte) 1)).isInstanceOf(ReadOnlyBufferException.class);
    }
  }

  @Test
  void of_array_holdsItsBytes() throws IOException {
    Blob blob = Blob.of("text/plain", HELLO);
    holdsHello(blob);
    assertThat(blob.contentType()).isEqualTo("text/plain");
    assertThat(Blob.of(HELLO).contentType()).isEqualTo("application/octet-stream");
  }

  @Test
  void of_partOfABuffer_holdsWhatRemained() throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap("(hello)".getBytes(StandardCharsets.UTF_8), 1, 5);
    Blob blob = Blob.of("text/plain", buffer);
    buffer.position(3);
    holdsHello(blob);
  }

  @Test
  void of_file_readsIt() throws IOException {
    Path file = Files.write(directory.resolve("hello.txt"), HELLO);
    holdsHello(Blob.of("text/plain", file));
  }

  @Test
  void buffer_ofASourceWithOtherThanItsLength_saysSo() {
    Blob shorter = Blob.of("text/plain", 6, () -> new ByteArrayInputStream(HELLO));
    Blob longer = Blob.of("text/plain", 4, () -> new ByteArrayInputStream(HELLO));
    assertThatThrownBy(shorter::buffer).isInstanceOf(IOException.class).hasMessageContaining("6");
    assertThatThrownBy(longer::buffer).isInstanceOf(IOException.class).hasMessageContaining("4");
    assertThatThrownBy(() -> Blob.of("text/plain", -1, () -> new ByteArrayInputStream(HELLO)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void blob_betweenTasks_isTheSameObjectInTheHeap() {
    Blob made = Blob.of("text/plain", HELLO);
    Task<String, Blob> make = Task.task("make", text -> made);
    Task<Blob, Blob> pass = Task.task("pass", blob -> blob);
    Workflow<String, Blob> workflow =
        Workflow.<String>builder("blobs").sequence(make).sequence(pass).build();
    try (FaasFlow flow = FaasFlow.local();
        LocalExecutor executor = LocalExecutor.create()) {
      assertThat(flow.run(workflow, "x")).isSameAs(made);
      assertThat(executor.run(workflow, "x").outputOrThrow()).isSameAs(made);
    }
  }
}
