package io.faasflow.examples.wordcount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.faasflow.FaasFlow;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.TaskFailedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordCountTest {
  private static final Pattern WORD = Pattern.compile("[A-Za-z]+");

  private static final Pattern COUNT_AND_WORD = Pattern.compile(" *([0-9]+) ([a-z]+)");

  @TempDir
  Path folder;

  private static WordCounts run(Path... paths) {
    try (FaasFlow flow = FaasFlow.local()) {
      return flow.run(WordCount.workflow(), List.of(paths));
    }
  }

  static Map<String, Long> asMap(WordCounts counts) {
    Map<String, Long> map = new TreeMap<>();
    counts.top(Integer.MAX_VALUE).forEach(count -> map.put(count.word(), count.count()));
    return map;
  }

  /** An independent count, by a regular expression over the whole text. */
  static Map<String, Long> independentCount(List<Path> files) throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    for (Path file : files) {
      Matcher words = WORD.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
      while (words.find()) {
        counts.merge(words.group().toLowerCase(Locale.ROOT), 1L, Long::sum);
      }
    }
    return counts;
  }

  /** What the pipeline that the help text names makes of the files. */
  private Map<String, Long> shellCount(List<Path> files) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    for (Path file : files) {
      Path result = folder.resolve("counted");
      Process shell = new ProcessBuilder(
              "sh", "-c", "tr -cs 'A-Za-z' '\\n' | tr A-Z a-z | sort | uniq -c")
          .redirectInput(file.toFile())
          .redirectOutput(result.toFile())
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
      assertThat(shell.waitFor()).isZero();
      for (String line : Files.readAllLines(result)) {
        Matcher countAndWord = COUNT_AND_WORD.matcher(line);
        if (countAndWord.matches()) { // tr makes an empty word of what stands before the first
          counts.merge(countAndWord.group(2), Long.parseLong(countAndWord.group(1)), Long::sum);
        }
      }
      Files.delete(result);
    }
    return counts;
  }

  private static boolean hasShell() {
    return List.of("sh", "tr", "sort", "uniq").stream()
        .allMatch(tool -> Files.isExecutable(Path.of("/bin", tool))
            || Files.isExecutable(Path.of("/usr/bin", tool)));
  }

  /** Files of many kinds: sources, random bytes, one long line, no newline at the end, empty. */
  private List<Path> samples() throws IOException {
    Random random = new Random(7);
    byte[] noise = new byte[3_000_000];
    random.nextBytes(noise);
    StringBuilder line = new StringBuilder();
    while (line.length() < 3_000_000) {
      line.append((char) (random.nextInt(8) == 0 ? ' ' : 'a' + random.nextInt(4)));
    }
    List<Path> files = new ArrayList<>();
    files.add(Files.write(folder.resolve("noise"), noise));
    files.add(Files.writeString(folder.resolve("line"), line));
    files.add(Files.writeString(folder.resolve("end"), "One, two; three\r\nTHREE"));
    files.add(Files.writeString(folder.resolve("utf8"), "Größe naïve λόγος word\u2028word\n"));
    files.add(Files.writeString(folder.resolve("empty"), ""));
    files.add(Files.writeString(folder.resolve("blank"), "\n\n 12 \n"));
    Path sources = Path.of("src", "main", "java");
    files.addAll(TextFile.find(List.of(sources)).stream().map(TextFile::path).toList());
    return files;
  }

  @Test
  void run_filesOfManyKinds_equalsAnIndependentCount() throws Exception {
    List<Path> files = samples();
    WordCounts counts = run(files.toArray(Path[]::new));
    Map<String, Long> expected = independentCount(files);
    assertThat(asMap(counts)).isEqualTo(expected);
    assertThat(counts.words())
        .isEqualTo(expected.values().stream().mapToLong(Long::longValue).sum());
    assertThat(counts.distinctWords()).isEqualTo(expected.size());
    assertThat(counts.files()).isEqualTo(files.size());
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    assertThat(counts.bytes()).isEqualTo(bytes);
  }

  @Test
  void run_filesOfManyKinds_equalsTheShellPipeline() throws Exception {
    assumeThat(hasShell()).as("sh, tr, sort and uniq are there").isTrue();
    List<Path> files = samples();
    assertThat(asMap(run(files.toArray(Path[]::new)))).isEqualTo(shellCount(files));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7})
  void run_onSeveralWorkers_givesTheSame(int workers) throws Exception {
    List<Path> files = samples();
    try (FaasFlow flow =
        FaasFlow.builder().workers(workers).partitioner(new HashSpread()).build()) {
      assertThat(asMap(flow.run(WordCount.workflow(), files))).isEqualTo(independentCount(files));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 7, 64, 1_000, 100_000})
  void splitBy_anySize_cutsNoWord(long bytes) throws Exception {
    StringBuilder text = new StringBuilder();
    Random random = new Random(bytes);
    for (int i = 0; i < 4_000; i++) {
      text.append("w".repeat(1 + random.nextInt(9))).append(random.nextInt(12) == 0 ? '\n' : ' ');
    }
    Path file = Files.writeString(folder.resolve("text"), text);
    List<Chunk> chunks = Chunk.splitBy(bytes, TextFile.find(List.of(file)));
    List<WordCounts> counts = new ArrayList<>();
    for (Chunk chunk : chunks) {
      counts.add(Chunk.count(chunk));
    }
    WordCounts merged = WordCounts.merge(counts);
    assertThat(asMap(merged)).isEqualTo(independentCount(List.of(file)));
    assertThat(merged.files()).isEqualTo(1);
    assertThat(merged.bytes()).isEqualTo(Files.size(file));
    assertThat(chunks.size()).isGreaterThan(bytes < 1_000 ? 10 : 0);
  }

  @Test
  void splitBy_linesNearTheCut_cutsBehindALine() throws Exception {
    Path file = Files.writeString(folder.resolve("lines"), "some words\n".repeat(1_000));
    for (Chunk chunk : Chunk.splitBy(1_000, TextFile.find(List.of(file)))) {
      for (Chunk.Slice slice : chunk.slices()) {
        assertThat(slice.from() % 11).isZero();
        assertThat(slice.to() - slice.from()).isLessThanOrEqualTo(1_011);
      }
    }
  }

  @Test
  void splitBy_wordLongerThanAnyChunk_keepsItWhole() throws Exception {
    Path file = Files.writeString(folder.resolve("long"), "a " + "x".repeat(100_000) + "\nb b\n");
    List<Chunk> chunks = Chunk.splitBy(10, TextFile.find(List.of(file)));
    List<WordCounts> counts = new ArrayList<>();
    for (Chunk chunk : chunks) {
      counts.add(Chunk.count(chunk));
    }
    assertThat(asMap(WordCounts.merge(counts)))
        .isEqualTo(Map.of("a", 1L, "x".repeat(100_000), 1L, "b", 2L));
  }

  @Test
  void splitBy_manySmallFiles_packsThem() throws Exception {
    for (int i = 0; i < 300; i++) {
      Files.writeString(folder.resolve("file" + i), "word ".repeat(10));
    }
    List<TextFile> files = TextFile.find(List.of(folder));
    assertThat(Chunk.splitBy(1 << 20, files)).hasSizeBetween(2, 20);
    assertThat(asMap(run(folder))).isEqualTo(Map.of("word", 3_000L));
  }

  @Test
  void run_binaryFiles_skipsThemInFoldersAndCountsThemByName() throws Exception {
    Path binary = folder.resolve("binary");
    Files.write(binary, new byte[] {'a', ' ', 0, ' ', 'b'});
    Files.writeString(folder.resolve("text"), "c");
    WordCounts inFolder = run(folder);
    assertThat(asMap(inFolder)).isEqualTo(Map.of("c", 1L));
    assertThat(inFolder.binaryFiles()).isEqualTo(1);
    assertThat(inFolder.files()).isEqualTo(1);
    assertThat(asMap(run(binary))).isEqualTo(Map.of("a", 1L, "b", 1L));
    assertThat(asMap(run(folder, binary))).isEqualTo(Map.of("a", 1L, "b", 1L, "c", 1L));
  }

  @Test
  void run_largeBinaryFileInAFolder_isSkippedAsAWhole() throws Exception {
    byte[] bytes = "word ".repeat(600_000).getBytes(StandardCharsets.US_ASCII);
    bytes[100] = 0;
    Files.write(folder.resolve("large"), bytes);
    WordCounts counts = run(folder);
    assertThat(counts.words()).isZero();
    assertThat(counts.binaryFiles()).isEqualTo(1);
  }

  @Test
  void find_foldersOfToolsAndRepeatedPaths_areLeftOut() throws Exception {
    for (String name : List.of(".git", "target", ".hg", ".svn", "inner")) {
      Files.createDirectories(folder.resolve(name));
      Files.writeString(folder.resolve(name).resolve("text"), "word");
    }
    Path inner = folder.resolve("inner").resolve("text");
    List<TextFile> found =
        TextFile.find(List.of(folder, inner, folder.resolve("inner").resolve("..")));
    assertThat(found).extracting(TextFile::path).containsExactly(inner);
    assertThat(TextFile.find(List.of(folder.resolve("target")))).hasSize(1);
  }

  @Test
  void run_missingPath_failsWithThePath() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> run(missing))
        .isInstanceOfSatisfying(
            TaskFailedException.class, e -> assertThat(e.task()).isEqualTo("find"))
        .hasCauseInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(missing.toString());
  }

  @Test
  void find_neitherFileNorFolder_saysSo() {
    Path device = Path.of("/dev/null");
    assumeThat(Files.exists(device)).isTrue();
    assertThatThrownBy(() -> TextFile.find(List.of(device)))
        .isInstanceOf(FileSystemException.class)
        .hasMessage("/dev/null: neither a file nor a folder");
  }

  @Test
  void run_wordWithoutEnd_namesTheFile() throws Exception {
    Path file = folder.resolve("letters");
    Files.writeString(file, "x".repeat(18 << 20));
    assertThatThrownBy(() -> run(file))
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining(file + ": a word is longer than 16 MiB; this is no text");
  }

  @Test
  void run_nothing_countsNothing() {
    WordCounts counts = run();
    assertThat(counts.words()).isZero();
    assertThat(counts.files()).isZero();
    assertThat(counts.top(5)).isEmpty();
  }

  @Test
  void top_ties_goByTheAlphabet() throws Exception {
    Path file = Files.writeString(folder.resolve("text"), "b a c c d a b");
    assertThat(run(file).top(3))
        .containsExactly(
            new WordCounts.Count("a", 2),
            new WordCounts.Count("b", 2),
            new WordCounts.Count("c", 2));
    assertThat(run(file).top(0)).isEmpty();
    assertThat(run(file)).hasToString("7 words, 4 different ones, in 1 files");
  }

  @Test
  void ofRepository_clone_givesItsText() throws Exception {
    Files.createDirectories(folder.resolve("src-docs"));
    Files.createDirectories(folder.resolve("module/target"));
    Files.writeString(folder.resolve("README.md"), "");
    Files.writeString(folder.resolve("module/A.java"), "");
    Files.writeString(folder.resolve("module/a.class"), "");
    Files.writeString(folder.resolve("module/target/B.java"), "");
    assertThat(TextFile.ofRepository(folder))
        .containsExactly(
            folder.resolve("README.md"),
            folder.resolve("src-docs"),
            folder.resolve("module/A.java"));
  }
}
