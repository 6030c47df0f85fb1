package io.faasflow.testing;

import io.faasflow.LocalExecutor;
import io.faasflow.LocalRun;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives each test that has a parameter of type {@link LocalExecutor} one of its own, the same to its
 * {@code @BeforeEach} methods, and closes it afterwards. What a failing test throws gets the timeline
 * of the executor's last run as a suppressed exception.
 *
 * <p>The seed is, in this order, the one of the JUnit configuration parameter {@value #SEED} (or the
 * system property of that name), of {@link Seed}, or of the builder. Thread-safe.
 */
public final class LocalExecutorExtension
    implements ParameterResolver, TestExecutionExceptionHandler, AfterEachCallback {
  /** The configuration parameter that sets the seed of all executors. */
  public static final String SEED = "faasflow.seed";

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(LocalExecutorExtension.class);

  /** Carries a timeline to where the failure is shown. */
  private static final class LastRun extends Exception {
    private static final long serialVersionUID = 1L;

    LastRun(LocalRun<?> run) {
      super("the last run of the test's executor:\n" + run, null, false, false);
    }
  }

  private final Supplier<LocalExecutor.Builder> settings;

  /** For {@code @ExtendWith}: executors with everything at its default. */
  public LocalExecutorExtension() {
    this(LocalExecutor::builder);
  }

  private LocalExecutorExtension(Supplier<LocalExecutor.Builder> settings) {
    this.settings = settings;
  }

  /**
   * For {@code @RegisterExtension}: executors with these settings.
   *
   * @param settings makes a builder, anew for each test
   */
  public static LocalExecutorExtension of(Supplier<LocalExecutor.Builder> settings) {
    return new LocalExecutorExtension(Objects.requireNonNull(settings, "settings"));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == LocalExecutor.class
        && context.getTestMethod().isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(LocalExecutor.class, any -> executor(context), LocalExecutor.class);
  }

  private LocalExecutor executor(ExtensionContext context) {
    LocalExecutor.Builder builder = settings.get();
    Optional<Long> seed = context
        .getConfigurationParameter(SEED, Long::valueOf)
        .or(() -> AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Seed.class)
            .or(() -> AnnotationSupport.findAnnotation(context.getRequiredTestClass(), Seed.class))
            .map(Seed::value));
    seed.ifPresent(builder::seed);
    return builder.build();
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
      throws Throwable {
    LocalExecutor used = context.getStore(NAMESPACE).get(LocalExecutor.class, LocalExecutor.class);
    if (used != null) {
      used.lastRun().ifPresent(run -> thrown.addSuppressed(new LastRun(run)));
    }
    throw thrown;
  }

  // Not left to the store: which of the things in it are closed depends on JUnit's version.
  @Override
  public void afterEach(ExtensionContext context) {
    LocalExecutor used =
        context.getStore(NAMESPACE).remove(LocalExecutor.class, LocalExecutor.class);
    if (used != null) {
      used.close();
    }
  }
}
