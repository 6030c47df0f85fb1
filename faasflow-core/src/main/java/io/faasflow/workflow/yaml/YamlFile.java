package io.faasflow.workflow.yaml;

import io.faasflow.workflow.yaml.YamlProblems.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Gets the text of a file, no more of it than the limits allow. */
final class YamlFile {
  private static final int MAX_BYTES_A_CHARACTER = 3; // UTF-8, for one char of Java

  private YamlFile() {}

  static String text(Path file, YamlLimits limits) {
    YamlProblems problems = new YamlProblems(file.toString(), limits);
    return decode(bytes(file, problems), problems);
  }

  private static byte[] bytes(Path file, YamlProblems problems) {
    long most = (long) problems.limits().maxCharacters() * MAX_BYTES_A_CHARACTER + 3;
    int limit = (int) Math.min(most, Integer.MAX_VALUE - 8);
    try {
      if (Files.isDirectory(file)) {
        throw problems.fatal(
            new Place(1, 1, ""), "is a directory", "Name a file of that directory", null);
      }
      // The size is asked first, so that nothing is read of a file that is far too large; what has
      // no size, such as a pipe, is cut off while it is read.
      if (Files.size(file) > limit) {
        throw YamlDocument.tooLong(problems);
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(limit);
        if (bytes.length == limit && in.read() >= 0) {
          throw YamlDocument.tooLong(problems);
        }
        return bytes;
      }
    } catch (NoSuchFileException e) {
      throw new UncheckedIOException("There is no file " + file + "; correct the path", e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot read the workflow file " + file + "; see the cause", e);
    }
  }

  private static String decode(byte[] bytes, YamlProblems problems) {
    Charset charset = charset(bytes);
    CharsetDecoder decoder = charset
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    // One more than allowed, for the byte order mark.
    CharBuffer out =
        CharBuffer.allocate((int) Math.min(bytes.length, problems.limits().maxCharacters() + 1L));
    CoderResult result = decoder.decode(in, out, true);
    if (result.isOverflow()) {
      throw YamlDocument.tooLong(problems);
    }
    out.flip();
    if (result.isError()) {
      throw problems.fatal(
          end(out), "the bytes here are not " + charset, "Save the file as text in UTF-8", null);
    }
    String text = out.toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static Charset charset(byte[] bytes) {
    int first = bytes.length < 2 ? 0 : (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
    if (first == 0xFEFF) {
      return StandardCharsets.UTF_16BE;
    }
    return first == 0xFFFE ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_8;
  }

  /** Where the text so far ends. */
  private static Place end(CharBuffer text) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        line++;
        column = 1;
      } else if (!Character.isLowSurrogate(c)) {
        column++;
      }
    }
    return new Place(line, column, "");
  }
}
