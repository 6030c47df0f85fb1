package io.faasflow.faastore.redis;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A reply that is a frame: its bytes go from the network's buffer to where they belong, once. */
final class FrameOutput extends CommandOutput<String, Bytes, FrameOutput.Reply> {
  /**
   * At most one of the two is there.
   *
   * @param arrived the frame; null when there is none
   * @param damage what is wrong with it; null when nothing is, so far
   */
  record Reply(Frame.@Nullable Arrived arrived, @Nullable DamagedException damage) {}

  private final ByteBuffer target;

  FrameOutput(RedisCodec<String, Bytes> codec, ByteBuffer target) {
    super(codec, new Reply(null, null));
    this.target = target;
  }

  @Override
  public void set(@Nullable ByteBuffer bytes) {
    if (bytes == null) {
      output = new Reply(null, null);
      return;
    }
    try {
      output = new Reply(Frame.arrived(bytes, target), null);
    } catch (DamagedException e) {
      output = new Reply(null, e);
    }
  }
}
