package io.faasflow.docker;

import io.faasflow.container.ContainerUsage;

/**
 * How many containers of one image and configuration a worker has, by what they do; and what happened so
 * far. A snapshot. Forgotten when there was no container, and no call, for {@linkplain
 * DockerBackend.Builder#keepAlive as long as idle ones are kept}; then counted from zero again.
 *
 * @param worker the worker's name
 * @param image the image's name
 * @param starting are being started
 * @param idle wait for a call
 * @param busy are at work on one call each
 * @param removing are being removed
 * @param waiting calls that wait for a container
 * @param started how many became ready so far
 * @param calls how many calls were given a container so far
 * @param lost how many were removed as they had died, or a call had left them in an unknown state
 * @param usage what all calls that were answered took so far, as far as the machine says; its memory is
 *     that of the container that had most
 */
public record ContainerCounts(
    String worker,
    String image,
    int starting,
    int idle,
    int busy,
    int removing,
    int waiting,
    long started,
    long calls,
    long lost,
    ContainerUsage usage) {}
