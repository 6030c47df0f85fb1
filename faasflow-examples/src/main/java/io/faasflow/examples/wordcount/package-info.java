/** The main job: counts the words of files of any number and size. */
@NullMarked
package io.faasflow.examples.wordcount;

import org.jspecify.annotations.NullMarked;
