/**
 * What a run of a workflow may do, said by an interpreter that is plain and slow, and random workflows
 * to compare engines with it.
 */
@NullMarked
package io.faasflow.reference;

import org.jspecify.annotations.NullMarked;
