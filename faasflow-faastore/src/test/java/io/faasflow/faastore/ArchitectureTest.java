package io.faasflow.faastore;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.faasflow.run.FaasFlowException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;

/** The lines between the packages of this module, and rules that every class keeps. */
@AnalyzeClasses(
    packages = "io.faasflow.faastore",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.faasflow.faastore";

  @ArchTest
  static final ArchRule packages_haveNoCycles = slices()
      .matching(ROOT + ".(**)")
      .should()
      .beFreeOfCycles()
      .allowEmptyShould(true); // until a second package is there

  /** The tiers know the SPI; neither the SPI nor the store knows a tier. */
  @ArchTest
  static final ArchRule store_knowsNoTier = noClasses()
      .that()
      .resideInAPackage(ROOT)
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage(ROOT + ".redis..", ROOT + ".disk..");

  @ArchTest
  static final ArchRule redisLibraries_outsideOfTheirTier_areUnknown = noClasses()
      .that()
      .resideOutsideOfPackage(ROOT + ".redis..")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.lettuce..", "io.netty..", "net.jpountz..");

  @ArchTest
  static final ArchRule threadsAndChance_comeFromOutside = noClasses()
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
      .callMethod(Thread.class, "sleep", long.class)
      .orShould()
      .callMethod(System.class, "exit", int.class);

  @ArchTest
  static final ArchRule names_sayWhatTheyAre = noClasses()
      .should()
      .haveNameMatching(".*(Utils?|Helpers?|Managers?|Impl|Misc|Common|Base)(\\$.*)?");

  @ArchTest
  static final ArchRule exceptions_haveOneRoot = classes()
      .that()
      .areAssignableTo(Throwable.class)
      .and()
      .arePublic()
      .should()
      .beAssignableTo(FaasFlowException.class);

  @ArchTest
  static final ArchRule fields_static_areFinal =
      fields().that().areStatic().should().beFinal().allowEmptyShould(true);
}
