package io.faasflow;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.STATIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.faasflow.run.FaasFlowException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The lines that the architecture draws between packages, and rules that every class keeps. */
@AnalyzeClasses(packagesOf = FaasFlow.class, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.faasflow";

  /** From top to bottom; those of one line must not know each other. */
  private static final List<List<String>> LAYERS = List.of(
      List.of(ROOT + ".testing", ROOT + ".observe.micrometer", ROOT + ".observe.opentelemetry"),
      List.of(ROOT),
      List.of(ROOT + ".engine"),
      List.of(ROOT + ".observe"),
      List.of(ROOT + ".partition"),
      List.of(ROOT + ".graph"),
      List.of(ROOT + ".workflow.yaml"),
      List.of(ROOT + ".workflow"),
      List.of(ROOT + ".container"),
      List.of(ROOT + ".function", ROOT + ".store"),
      List.of(ROOT + ".run", ROOT + ".time"));

  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages(ROOT);

  @Test
  void packages_all_haveTheirLayer() {
    Set<String> known = new TreeSet<>();
    LAYERS.forEach(known::addAll);
    Set<String> found = new TreeSet<>();
    CLASSES.forEach(one -> found.add(one.getPackageName()));
    assertThat(known).containsAll(found);
    assertThat(found).contains(ROOT, ROOT + ".engine", ROOT + ".workflow", ROOT + ".run");
  }

  @Test
  void packages_each_dependOnlyOnThoseBelow() {
    for (int i = 0; i < LAYERS.size(); i++) {
      List<String> layer = LAYERS.get(i);
      for (String one : layer) {
        List<String> below =
            LAYERS.subList(i + 1, LAYERS.size()).stream().flatMap(List::stream).toList();
        noClasses()
            .that()
            .resideInAPackage(one)
            .should()
            .dependOnClassesThat(DescribedPredicate.describe(
                "are ours and not in " + below,
                (JavaClass other) -> other.getPackageName().startsWith(ROOT)
                    && !other.getPackageName().equals(one)
                    && !below.contains(other.getPackageName())))
            .allowEmptyShould(true) // some packages are still to come
            .check(CLASSES);
      }
    }
  }

  @ArchTest
  static final ArchRule packages_ofCore_haveNoCycles =
      slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

  /** What others implement must not show them the engine's inside. */
  @ArchTest
  static final ArchRule spi_ofEveryKind_mentionsNoEngineInternals = noClasses()
      .that(DescribedPredicate.describe(
          "are SPI types",
          one -> isOneOf(
              one,
              ROOT + ".engine.WorkerTransport",
              ROOT + ".engine.Message",
              ROOT + ".engine.RunRef",
              ROOT + ".container.ContainerBackend",
              ROOT + ".container.ContainerFunction",
              ROOT + ".store.DataStore",
              ROOT + ".store.DataKey",
              ROOT + ".store.WorkerStores",
              ROOT + ".store.WorkerStore",
              ROOT + ".store.Kept",
              ROOT + ".store.Output",
              ROOT + ".partition.Partitioner",
              ROOT + ".partition.PartitionPlan",
              ROOT + ".partition.WorkerSpec")))
      .should()
      .dependOnClassesThat(resideInAPackage(ROOT + ".engine..")
          .and(DescribedPredicate.describe(
              "are not messages",
              one -> !isOneOf(
                  one,
                  ROOT + ".engine.WorkerTransport",
                  ROOT + ".engine.Message",
                  ROOT + ".engine.RunRef"))));

  /** The type itself or one nested in it. */
  private static boolean isOneOf(JavaClass type, String... names) {
    for (String name : names) {
      if (type.getName().equals(name) || type.getName().startsWith(name + "$")) {
        return true;
      }
    }
    return false;
  }

  @ArchTest
  static final ArchRule dependencies_ofCore_areTheChosenOnes = classes()
      .should()
      .onlyDependOnClassesThat()
      .resideInAnyPackage(
          ROOT + "..",
          "java..",
          "javax..",
          "jdk.jfr..",
          "org.jspecify.annotations..",
          "org.slf4j..",
          "org.jgrapht..",
          "org.yaml.snakeyaml..",
          "com.fasterxml.jackson..",
          "com.datadoghq.sketch..",
          "org.apache.commons.jexl3..",
          "io.micrometer.core.instrument..",
          "io.opentelemetry.api..",
          "io.opentelemetry.context..",
          "org.assertj..",
          "org.junit..");

  /** They are optional: a host that does not test with them does not have them. */
  @ArchTest
  static final ArchRule testLibraries_outsideOfTesting_areUnknown = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".testing")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("org.assertj..", "org.junit..");

  /** Optional as well: a host without these metrics does not have it. */
  @ArchTest
  static final ArchRule micrometer_outsideOfItsListener_isUnknown = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".observe.micrometer")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.micrometer..");

  /** Optional as well: a host without traces does not have it. */
  @ArchTest
  static final ArchRule openTelemetry_outsideOfItsListener_isUnknown = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".observe.opentelemetry")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.opentelemetry..");

  @ArchTest
  static final ArchRule libraries_each_areKnownToTheirPackageOnly = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".workflow")
      .should()
      .dependOnClassesThat()
      .resideInAPackage("org.apache.commons.jexl3..");

  @ArchTest
  static final ArchRule sketches_outsideOfFeedback_areUnknown = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".partition")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("com.datadoghq..");

  @ArchTest
  static final ArchRule yaml_outsideOfItsReaders_isUnknown = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".workflow.yaml")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("org.yaml..");

  @ArchTest
  static final ArchRule json_outsideOfReadersPlansMessagesAndTimelines_isUnknown = noClasses()
      .that()
      .resideOutsideOfPackages(ROOT + ".workflow.yaml", ROOT + ".partition")
      .and()
      .doNotHaveFullyQualifiedName(ROOT + ".engine.MessageCodec")
      .and()
      .doNotHaveFullyQualifiedName(ROOT + ".engine.MessageCodec$Kinds")
      .and()
      .doNotHaveFullyQualifiedName(ROOT + ".observe.TimelineJson")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("com.fasterxml.jackson..");

  @ArchTest
  static final ArchRule json_ofPlans_isAnnotationsOnly = noClasses()
      .that()
      .resideInAPackage(ROOT + ".partition")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("com.fasterxml.jackson.core..", "com.fasterxml.jackson.databind..");

  @ArchTest
  static final ArchRule time_anywhere_comesFromOutside = noClasses()
      .should()
      .callMethod(System.class, "currentTimeMillis")
      .orShould()
      .callMethod(Instant.class, "now")
      .orShould()
      .callMethod(LocalDate.class, "now")
      .orShould()
      .callMethod(LocalDateTime.class, "now")
      .orShould()
      .callMethod(Clock.class, "systemUTC")
      .orShould()
      .callMethod(Clock.class, "systemDefaultZone")
      .orShould()
      .callMethod(Thread.class, "sleep", long.class)
      .orShould()
      .callMethod(Thread.class, "sleep", long.class, int.class);

  @ArchTest
  static final ArchRule threadsAndChance_anywhere_comeFromOutside = noClasses()
      .should()
      .callMethod(ForkJoinPool.class, "commonPool")
      .orShould()
      .callMethod(ThreadLocalRandom.class, "current")
      .orShould()
      .callMethod(Math.class, "random")
      .orShould()
      .callConstructor(Random.class)
      .orShould()
      .callMethod(CompletableFuture.class, "supplyAsync", java.util.function.Supplier.class)
      .orShould()
      .callMethod(CompletableFuture.class, "runAsync", Runnable.class)
      .orShould()
      .callMethod(System.class, "exit", int.class);

  /** Where the monotonic clock is read: deadlines of waiting, which virtual time does not touch. */
  private static final Set<String> NANO_TIME =
      Set.of(ROOT + ".FaasFlow", ROOT + ".engine.ReadyQueue", ROOT + ".time.SystemClock");

  @Test
  void nanoTime_isReadWhereItIsNeededOnly() {
    Set<String> callers = new TreeSet<>();
    for (JavaClass one : CLASSES) {
      one.getMethodCallsFromSelf().stream()
          .filter(call -> call.getTarget().getName().equals("nanoTime"))
          .filter(call -> call.getTargetOwner().isEquivalentTo(System.class))
          .forEach(call -> callers.add(one.getName()));
    }
    assertThat(NANO_TIME).containsAll(callers);
  }

  @ArchTest
  static final ArchRule names_ofClasses_sayWhatTheyAre = noClasses()
      .should()
      .haveNameMatching(".*(Utils?|Helpers?|Managers?|Impl|Misc|Common|Base)(\\$.*)?");

  @ArchTest
  static final ArchRule exceptions_ofOurs_haveOneRoot = classes()
      .that()
      .areAssignableTo(Throwable.class)
      .and()
      .areNotAnonymousClasses()
      .and()
      .arePublic()
      .should()
      .beAssignableTo(FaasFlowException.class);

  @ArchTest
  static final ArchRule fields_static_areFinal =
      fields().that().areStatic().should().beFinal();

  /** Types that a static field may have: what cannot change, or changes nothing that matters. */
  private static final Set<Class<?>> MUTABLE = Set.of(
      java.util.concurrent.Executor.class,
      java.util.concurrent.atomic.AtomicInteger.class,
      java.util.concurrent.atomic.AtomicLong.class,
      java.util.concurrent.atomic.AtomicBoolean.class,
      java.util.concurrent.atomic.AtomicReference.class,
      java.util.concurrent.atomic.LongAdder.class,
      java.util.concurrent.locks.Lock.class,
      ThreadLocal.class,
      Thread.class,
      Random.class);

  @Test
  void fields_static_holdNothingThatChanges() throws ReflectiveOperationException {
    int looked = 0;
    for (JavaClass one : CLASSES) {
      for (JavaField field : one.getFields()) {
        if (!field.getModifiers().contains(STATIC)
            || field.getModifiers().contains(JavaModifier.SYNTHETIC)) {
          continue;
        }
        assertThat(field.getModifiers()).as(field.getFullName()).contains(FINAL);
        java.lang.reflect.Field reflected = field.reflect();
        assertThat(MUTABLE)
            .as(field.getFullName())
            .noneMatch(type -> type.isAssignableFrom(reflected.getType()));
        reflected.setAccessible(true);
        Object value = reflected.get(null);
        if (value instanceof Collection<?> || value instanceof Map<?, ?>) {
          assertThat(value.getClass().getName())
              .as(field.getFullName())
              .matches("java\\.util\\.(ImmutableCollections|Collections)\\$.*");
        }
        assertThat(value != null
                && value.getClass().isArray()
                && java.lang.reflect.Array.getLength(value) > 0)
            .as("%s is an array, whose elements can be set", field.getFullName())
            .isFalse();
        looked++;
      }
    }
    assertThat(looked).isGreaterThan(20);
  }

  @Test
  void packages_withPublicTypes_areDescribedAndNullMarked() throws ClassNotFoundException {
    Set<String> packages = new TreeSet<>();
    for (JavaClass one : CLASSES) {
      if (one.getModifiers().contains(JavaModifier.PUBLIC)) {
        packages.add(one.getPackageName());
      }
    }
    assertThat(packages).isNotEmpty();
    for (String one : packages) {
      assertThat(Class.forName(one + ".package-info").isAnnotationPresent(NullMarked.class))
          .as(one)
          .isTrue();
    }
  }
}
