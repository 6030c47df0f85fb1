package io.faasflow.faastore.redis;

import io.faasflow.faastore.ObjectKey;
import io.faasflow.faastore.RemoteTierException;
import io.faasflow.faastore.RemoteTierException.Reason;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisReadOnlyException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What went wrong, in words that say what to do. Immutable. */
record Failures(String place, Duration timeout) {
  /** Answers of a server that will soon be able to do it, or has done nothing. */
  private static final Pattern PASSING = Pattern.compile(
      "(LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|READONLY|NOREPLICAS|MOVED|ASK|UNBLOCKED)\\b.*",
      Pattern.DOTALL);

  private static final Pattern NO_RIGHT =
      Pattern.compile("(NOPERM|NOAUTH|WRONGPASS)\\b.*", Pattern.DOTALL);

  static Throwable unwrapped(Throwable thrown) {
    Throwable one = thrown;
    while ((one instanceof CompletionException || one instanceof ExecutionException)
        && one.getCause() != null) {
      one = one.getCause();
    }
    return one;
  }

  /** Whether trying again is safe and may help. All that is sent may be sent twice. */
  static boolean isPassing(Throwable thrown) {
    return thrown instanceof RedisLoadingException
        || thrown instanceof RedisBusyException
        || thrown instanceof RedisReadOnlyException
        || thrown instanceof RedisConnectionException
        || thrown instanceof IOException
        || (thrown instanceof RedisCommandExecutionException
            && PASSING.matcher(String.valueOf(thrown.getMessage())).matches());
  }

  RemoteTierException of(@Nullable ObjectKey key, Throwable thrown) {
    Throwable cause = unwrapped(thrown);
    if (cause instanceof RemoteTierException already) {
      return already;
    }
    if (cause instanceof CancellationException) {
      return closed(key);
    }
    if (cause instanceof RedisCommandExecutionException && !isPassing(cause)) {
      String answer = String.valueOf(cause.getMessage());
      if (NO_RIGHT.matcher(answer).matches()) {
        return refused(
            key,
            "Redis refuses the user: \"" + answer + "\". Give the right user and password, and the"
                + " user the rights that the guide lists",
            cause);
      }
      if (answer.startsWith("OOM")) {
        return refused(
            key,
            "Redis has no memory left (\"" + answer + "\"). Raise its maxmemory, keep more in the"
                + " memory of the workers, or compress",
            cause);
      }
      return refused(key, "Redis answers \"" + answer + "\"", cause);
    }
    return new RemoteTierException(
        Reason.UNREACHABLE,
        key,
        place,
        "no answer from Redis within " + timeout.toMillis()
            + " ms. Check that it runs and can be reached; if it is only slow, raise the timeout",
        cause);
  }

  RemoteTierException refused(@Nullable ObjectKey key, String problem, @Nullable Throwable cause) {
    return new RemoteTierException(Reason.REFUSED, key, place, problem, cause);
  }

  RemoteTierException damaged(ObjectKey key, String what, @Nullable Throwable cause) {
    return new RemoteTierException(
        Reason.DAMAGED,
        key,
        place,
        what + ". The value is lost; it was evicted, lost in a restart or failover, or changed by"
            + " another program. See to it that Redis evicts nothing (maxmemory-policy noeviction)",
        cause);
  }

  RemoteTierException badPayload(ObjectKey key, String what, @Nullable Throwable cause) {
    return new RemoteTierException(Reason.BAD_PAYLOAD, key, place, what, cause);
  }

  RemoteTierException closed(@Nullable ObjectKey key) {
    return new RemoteTierException(
        Reason.CLOSED, key, place, "the tier was closed before it was done", null);
  }
}
