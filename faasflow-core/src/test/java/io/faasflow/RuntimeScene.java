package io.faasflow;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A runtime that is opened before each test and closed after it; subclasses may set it up otherwise. */
@Timeout(60)
abstract class RuntimeScene {
  FaasFlow flow;

  FaasFlow.Builder builder() {
    return FaasFlow.builder().closeTimeout(Duration.ZERO);
  }

  @BeforeEach
  final void open() {
    flow = builder().build();
  }

  @AfterEach
  final void close() {
    flow.close();
  }
}
