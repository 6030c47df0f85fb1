package io.faasflow.examples.cli;

import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowFile;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A workflow that is measured, and the file that it was read from. */
record Subject(String file, Workflow<Map<String, Object>, Object> workflow) {
  /**
   * All that are named, and all in folders that are named.
   *
   * @param folder where relative paths begin
   * @throws UsageException when there are none
   */
  static List<Subject> find(List<String> names, Path folder) throws IOException {
    List<Subject> subjects = new ArrayList<>();
    WorkflowReader reader = WorkflowReader.create();
    for (String name : names) {
      boolean isFolder = Files.isDirectory(Target.path(name, folder));
      for (Path file : WorkflowFiles.find(List.of(name), folder)) {
        if (!isFolder || reader.inspect(file).format() != WorkflowFile.Format.FUNCTION_INFO) {
          subjects.add(new Subject(file.toString(), reader.read(file)));
        }
      }
    }
    if (subjects.isEmpty()) {
      throw new UsageException("there is no workflow in " + String.join(", ", names));
    }
    return subjects;
  }
}
