package io.faasflow.docker;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerAnswerException;
import io.faasflow.container.ContainerCall;
import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerException;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerTimeoutException;
import io.faasflow.container.ContainerUsage;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.function.FunctionContext;
import io.faasflow.run.DataException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A function in containers of one worker: what the engine calls. Thread-safe. */
final class ContainedFunction implements ContainerFunction {
  /** So many that were never called may be found dead by one call: then others will be, too. */
  private static final int MOST_STILLBORN = 3;

  private final FunctionSpec spec;
  private final Protocol protocol;
  private final WorkerContainers containers;
  private final Engine engine;
  private final Duration timeout;
  private final int maxAnswerBytes;
  private final @Nullable SharedFiles files;

  ContainedFunction(
      FunctionSpec spec,
      WorkerContainers containers,
      Engine engine,
      Duration timeout,
      int maxAnswerBytes,
      @Nullable SharedFiles files) {
    this.spec = spec;
    this.protocol = Protocol.of(spec.image().protocol());
    this.containers = containers;
    this.engine = engine;
    this.timeout = timeout;
    this.maxAnswerBytes = maxAnswerBytes;
    this.files = files;
  }

  WorkerContainers containers() {
    return containers;
  }

  @Override
  public void prewarm(ComingCalls coming) {
    containers.prewarm(spec, coming);
  }

  @Override
  public @Nullable Object apply(@Nullable Object input, FunctionContext context)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (CallFiles handed = new CallFiles(files, context, deadline, maxAnswerBytes)) {
      return call(protocol.call(input, context, handed), handed, context, deadline);
    } catch (ClosedByInterruptException e) {
      throw (InterruptedException) new InterruptedException().initCause(e);
    } catch (IOException e) {
      throw new DataException(
          "The input of task '" + context.task() + "' cannot be handed to its container: "
              + e.getMessage(),
          e);
    }
  }

  private @Nullable Object call(
      Protocol.Request request, CallFiles handed, FunctionContext context, long deadline)
      throws InterruptedException, IOException {
    containers.came(spec, context);
    Container container = usable(deadline);
    boolean completed = false;
    boolean reusable = false;
    try {
      handed.deliver(container);
    } catch (IOException | RuntimeException | Error e) {
      handed.withdraw(false);
      containers.release(spec, container);
      throw e;
    }
    int calls = container.countCall();
    try {
      Connection.Answer answer = container
          .connection()
          .post(request.path(), request.contentType(), request.body(), maxAnswerBytes, deadline);
      Object output = handed.receive(protocol.output(answer));
      completed = true;
      reusable = true;
      return output;
    } catch (CallFailure e) {
      // A function that throws leaves its runtime as good as before. After all else, who knows.
      reusable = e.kind() == Kind.FUNCTION;
      throw failure(e, container, calls);
    } catch (ClosedByInterruptException e) {
      throw (InterruptedException) new InterruptedException().initCause(e);
    } catch (WireException e) {
      throw failure(failure(e), container, calls);
    } catch (IOException e) {
      throw failure(
          new CallFailure(Kind.BROKEN, String.valueOf(e.getMessage()), e), container, calls);
    } finally {
      handed.withdraw(completed);
      if (reusable) {
        ContainerUsage usage = container.measure();
        containers.release(spec, container);
        if (usage != null && context instanceof ContainerCall call) {
          call.used(usage);
        }
      } else {
        container.connection().close();
        containers.discard(spec, container);
      }
    }
  }

  /** A container that has not died while it was idle. */
  private Container usable(long deadline) throws InterruptedException {
    for (int stillborn = 0; ; ) {
      if (Thread.interrupted()) { // it would break the connections of all that are idle
        throw new InterruptedException();
      }
      Container container = containers.acquire(spec, deadline);
      if (container.isUsable(deadline)) {
        return container;
      }
      try {
        if (container.isFresh() && ++stillborn == MOST_STILLBORN) {
          throw failure(
              new CallFailure(
                  Kind.BROKEN,
                  "it ended, or closed its connection, before it was called, and so did "
                      + (MOST_STILLBORN - 1) + " others",
                  null),
              container,
              0);
        }
      } finally {
        containers.discard(spec, container);
      }
    }
  }

  private CallFailure failure(WireException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case TIMEOUT ->
        new CallFailure(Kind.TIMEOUT, message + ", as the backend's callTimeout is " + timeout, e);
      case CLOSED -> new CallFailure(Kind.BROKEN, message, e);
      case MALFORMED, TOO_LARGE -> new CallFailure(Kind.ANSWER, message, e);
    };
  }

  private ContainerException failure(CallFailure failure, Container container, int calls) {
    String image = spec.image().name();
    String said = "The function in " + container + " of " + spec.image();
    String why = String.valueOf(failure.getMessage());
    switch (failure.kind()) {
      case FUNCTION -> {
        String log = LogTail.of(engine, container.id(), protocol.endOfLog(), calls);
        return new ContainerFunctionException(image, said + " failed: " + why, log, failure);
      }
      case ANSWER -> {
        String log = LogTail.of(engine, container.id());
        return new ContainerAnswerException(
            image, said + " gave no answer that can be used: " + why, log, failure);
      }
      case TIMEOUT -> {
        String log = LogTail.of(engine, container.id());
        return new ContainerTimeoutException(
            image,
            said + " gave no answer in time: " + why + ". The container is removed",
            log,
            failure);
      }
      case BROKEN -> {
        Ending told = failure.ending();
        Ending ending = told == null ? Ending.await(engine, container.id()) : told;
        String log = LogTail.of(engine, container.id());
        return new ContainerDiedException(
            image,
            said + " broke off: " + why + (told == null ? ending.text() : ""),
            log,
            ending.exitCode(),
            ending.outOfMemory(),
            failure);
      }
    }
    throw new AssertionError(failure.kind());
  }

  @Override
  public String toString() {
    return "function in containers of " + spec.image();
  }
}
