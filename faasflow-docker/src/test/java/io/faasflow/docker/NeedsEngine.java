package io.faasflow.docker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Tests that need a Docker engine with the images that {@code .ci/images} builds. Without, they are
 * skipped; they fail where FAASFLOW_REQUIRE_DOCKER is true.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsEngine.Condition.class)
@interface NeedsEngine {
  /** Asks once for the JVM. */
  class Condition implements ExecutionCondition {
    private static final List<String> IMAGES = List.of(
        "faasflow/python",
        "faasflow/node",
        "faasflow/java",
        "faasflow-test/rogue",
        "faasflow-test/plain");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String missing = context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(Condition.class))
          .getOrComputeIfAbsent("missing", any -> missing(), String.class);
      if (missing.isEmpty()) {
        return ConditionEvaluationResult.enabled("an engine answers, and has the images");
      }
      if ("true".equals(System.getenv("FAASFLOW_REQUIRE_DOCKER"))) {
        throw new IllegalStateException("FAASFLOW_REQUIRE_DOCKER is true, but " + missing);
      }
      return ConditionEvaluationResult.disabled(missing);
    }

    /** What is not there, and the cure; empty: all is there. */
    private static String missing() {
      try (Engine engine = Engine.connect(null)) {
        for (String image : IMAGES) {
          if (engine.image(image) == null) {
            return "the engine has no image " + image + ": run .ci/images";
          }
        }
        return "";
      } catch (EngineUnavailableException e) {
        return e.getMessage() + ". '.ci/engine start FOLDER' starts one";
      }
    }
  }
}
