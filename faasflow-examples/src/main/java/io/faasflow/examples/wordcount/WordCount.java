package io.faasflow.examples.wordcount;

import static io.faasflow.workflow.Task.task;

import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.nio.file.Path;
import java.util.List;

/**
 * The workflow that counts words: find the files, split them into chunks, count the words of each
 * chunk, all chunks in parallel, and merge the counts. Thread-safe.
 *
 * <p>A word is a run of ASCII letters, in lower case: what {@code tr -cs 'A-Za-z' '\n' | tr A-Z
 * a-z} makes of one file.
 */
public final class WordCount {
  private WordCount() {}

  /**
   * The workflow. It takes files and folders and gives the counts over all of them.
   *
   * <p>A run fails with a {@link java.nio.file.FileSystemException} as its cause where a path does
   * not exist or cannot be read.
   */
  public static Workflow<List<Path>, WordCounts> workflow() {
    Task<List<Path>, List<TextFile>> find = task("find", TextFile::find);
    Task<List<TextFile>, List<Chunk>> split = task("split", Chunk::split);
    Task<Chunk, WordCounts> count = task("count", Chunk::count);
    Task<List<WordCounts>, WordCounts> merge = task("merge", WordCounts::merge);

    return Workflow.<List<Path>>builder("word-count")
        .sequence(find)
        .sequence(split)
        .foreach(chunks -> chunks, count) // one instance a chunk, in parallel
        .sequence(merge)
        .build();
  }
}
