package io.faasflow.docker;

import io.faasflow.container.ContainerAnswerException;
import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerException;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerTimeoutException;
import io.faasflow.docker.CallFailure.Kind;
import io.faasflow.function.FunctionContext;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A function in containers of one worker: what the engine calls. Thread-safe. */
final class ContainedFunction implements ContainerFunction {
  private final FunctionSpec spec;
  private final Protocol protocol;
  private final WorkerContainers containers;
  private final Engine engine;
  private final Duration timeout;
  private final int maxAnswerBytes;

  ContainedFunction(
      FunctionSpec spec,
      WorkerContainers containers,
      Engine engine,
      Duration timeout,
      int maxAnswerBytes) {
    this.spec = spec;
    this.protocol = Protocol.of(spec.image().protocol());
    this.containers = containers;
    this.engine = engine;
    this.timeout = timeout;
    this.maxAnswerBytes = maxAnswerBytes;
  }

  WorkerContainers containers() {
    return containers;
  }

  @Override
  public void prewarm() {
    containers.prewarm(spec);
  }

  @Override
  public @Nullable Object apply(@Nullable Object input, FunctionContext context)
      throws InterruptedException {
    Protocol.Request request = protocol.call(input, context);
    long deadline = System.nanoTime() + timeout.toNanos();
    Container container = usable(deadline);
    boolean reusable = false;
    int calls = container.countCall();
    try {
      Connection.Answer answer = container
          .connection()
          .post(request.path(), request.contentType(), request.body(), maxAnswerBytes, deadline);
      Object output = protocol.output(answer);
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
      if (reusable) {
        containers.release(spec, container);
      } else {
        container.connection().close();
        containers.discard(spec, container);
      }
    }
  }

  /** A container that has not died while it was idle. */
  private Container usable(long deadline) throws InterruptedException {
    while (true) {
      Container container = containers.acquire(spec, deadline);
      if (container.connection().isUsable()) {
        return container;
      }
      containers.discard(spec, container);
    }
  }

  private static CallFailure failure(WireException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case TIMEOUT -> new CallFailure(Kind.TIMEOUT, message, e);
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
            said + " gave no answer within " + timeout + ": " + why
                + ". The container is removed; the backend's callTimeout is the limit",
            log,
            failure);
      }
      case BROKEN -> {
        Ending ending = Ending.await(engine, container.id());
        String log = LogTail.of(engine, container.id());
        return new ContainerDiedException(
            image,
            said + " broke off: " + why + ending.text(),
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
