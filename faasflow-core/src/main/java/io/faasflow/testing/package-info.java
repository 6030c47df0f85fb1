/**
 * Unit tests of workflows with AssertJ and JUnit 5. Nothing else in FaaSFlow refers to this package,
 * and both libraries are optional: a host that does not test with them needs neither.
 */
@NullMarked
package io.faasflow.testing;

import org.jspecify.annotations.NullMarked;
