package io.faasflow.faastore.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What has to happen in Redis at one moment. Each script can be run again after it was run, as after a
 * connection that broke before the answer came: the second time changes nothing.
 *
 * <p>The fields of a run's hash are the object's name after {@code m} (its manifest), {@code d} (its bytes, when
 * they are few) and {@code r} (how many readers are left, and which have been).
 */
enum Script {
  /**
   * Writes a small object. KEYS: the run's hash. ARGV: name, manifest, readers, expiry in ms, bytes.
   * Returns the manifest that was replaced, or nothing.
   */
  PUT_SMALL("""
      local old = redis.call('HGET', KEYS[1], 'm' .. ARGV[1])
      if old == ARGV[2] then
        return false
      end
      redis.call('HSET', KEYS[1], 'm' .. ARGV[1], ARGV[2], 'r' .. ARGV[1], ARGV[3], 'd' .. ARGV[1], ARGV[5])
      redis.call('PEXPIRE', KEYS[1], ARGV[4])
      return old
      """),

  /**
   * Makes an object visible whose chunks are written. KEYS: the run's hash; for a value of few chunks also the
   * run's hash of chunked versions, and the chunks. ARGV: name, manifest, readers, expiry in ms, and the
   * version when there are chunks in KEYS. Returns the manifest that was replaced, or nothing, or
   * "LOST" when a chunk is not there, and then has changed nothing.
   */
  PUBLISH("""
      local run, name, manifest = KEYS[1], ARGV[1], ARGV[2]
      for i = 3, #KEYS do
        if redis.call('EXISTS', KEYS[i]) == 0 then
          return 'LOST'
        end
      end
      local old = redis.call('HGET', run, 'm' .. name)
      if old == manifest then
        return false
      end
      if #KEYS > 1 then
        redis.call('HSET', KEYS[2], ARGV[5], #KEYS - 2)
        redis.call('PEXPIRE', KEYS[2], ARGV[4])
      end
      redis.call('HSET', run, 'm' .. name, manifest, 'r' .. name, ARGV[3])
      if old then
        redis.call('HDEL', run, 'd' .. name)
      end
      redis.call('PEXPIRE', run, ARGV[4])
      return old
      """),

  /**
   * Takes note that many chunks of a version are going to be written. KEYS: the run's hash of chunked
   * versions. ARGV: version, number of chunks, expiry in ms.
   */
  ANNOUNCE("""
      redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
      redis.call('PEXPIRE', KEYS[1], ARGV[3])
      return false
      """),

  /**
   * One reader less. KEYS: the run's hash. ARGV: name, who. Returns the manifest when that was the
   * last one and the object is gone, else nothing.
   */
  RELEASE("""
      local readers = redis.call('HGET', KEYS[1], 'r' .. ARGV[1])
      if not readers then
        return false
      end
      local left, who = string.match(readers, '^(%d+)(.*)$')
      if string.find(who, ARGV[2], 1, true) then
        return false
      end
      left = tonumber(left) - 1
      if left > 0 then
        redis.call('HSET', KEYS[1], 'r' .. ARGV[1], string.format('%d', left) .. who .. ',' .. ARGV[2])
        return false
      end
      local manifest = redis.call('HGET', KEYS[1], 'm' .. ARGV[1])
      redis.call('HDEL', KEYS[1], 'm' .. ARGV[1], 'd' .. ARGV[1], 'r' .. ARGV[1])
      return manifest
      """);

  private final String text;
  private final String sha1;

  Script(String text) {
    this.text = text;
    try {
      // What Redis knows a script by.
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8));
      sha1 = HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every JDK has SHA-1", e);
    }
  }

  String text() {
    return text;
  }

  String sha1() {
    return sha1;
  }
}
