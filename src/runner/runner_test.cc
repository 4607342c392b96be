#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "runner/package_shape.h"
#include "runner/requirement.h"
#include "runner/runtime_hold.h"
#include "runner/supervisor_table.h"
#include "runner/text.h"

namespace mlengine::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Event kAllEvents[] = {
    Event::kPrepared,  Event::kFailed, Event::kLeaseTaken, Event::kLeaseRefused, Event::kStarted,
    Event::kStopAsked, Event::kEnded,  Event::kGraceOver,  Event::kLimitPassed,  Event::kAllGone};

TEST(SupervisorTableTest, UserCodeStartsOnlyAfterTheLease) {
  for (const State state : {State::kPreparing, State::kLeasing, State::kStarting, State::kRunning,
                            State::kStopping, State::kTearingDown, State::kFinished}) {
    for (const Event event : kAllEvents) {
      if (Next(state, event).action != Action::kStart) continue;
      EXPECT_EQ(state, State::kLeasing);
      EXPECT_EQ(event, Event::kLeaseTaken);
    }
  }
}

TEST(SupervisorTableTest, AfterUserCodeOnlyATeardownFinishes) {
  for (const State state : {State::kRunning, State::kStopping}) {
    for (const Event event : kAllEvents) EXPECT_NE(Next(state, event).next, State::kFinished);
  }
  for (const Event event : kAllEvents) {
    const Transition transition = Next(State::kTearingDown, event);
    EXPECT_EQ(transition.next == State::kFinished, event == Event::kAllGone);
  }
}

TEST(SupervisorTableTest, AStopDuringTheStartWaitsForTheLease) {
  EXPECT_EQ(Next(State::kPreparing, Event::kStopAsked),
            (Transition{State::kFinished, Action::kRecordNotStarted}));
  EXPECT_EQ(Next(State::kLeasing, Event::kStopAsked),
            (Transition{State::kLeasing, Action::kNothing}));
  EXPECT_EQ(Next(State::kRunning, Event::kStopAsked),
            (Transition{State::kStopping, Action::kTerminate}));
  EXPECT_EQ(Next(State::kStopping, Event::kGraceOver),
            (Transition{State::kTearingDown, Action::kKillAll}));
}

TEST(SupervisorTableTest, TheEndIsTheEnd) {
  for (const Event event : kAllEvents) {
    EXPECT_EQ(Next(State::kFinished, event), (Transition{State::kFinished, Action::kNothing}));
  }
}

TEST(RuntimeHoldTest, KeepsTheEnvironmentFromBeingRemovedAsLongAsItIsOpen) {
  const TempDir dir;
  const std::string record = dir / "runtime.json";
  EXPECT_FALSE(HoldRuntime(dir / "bin/python")->ok());  // none of ours
  ASSERT_TRUE(RealFileSystem().WriteAtomic(record, "{}").ok());
  const UniqueFd remover(::open(record.c_str(), O_RDONLY | O_CLOEXEC));
  {
    const Result<UniqueFd> one = HoldRuntime(dir / "bin/python");
    const Result<UniqueFd> other = HoldRuntime(dir / "bin/python");
    ASSERT_TRUE(one.ok() && one->ok() && other.ok() && other->ok());
    EXPECT_NE(::flock(remover.get(), LOCK_EX | LOCK_NB), 0);
  }
  EXPECT_EQ(::flock(remover.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(HoldRuntime(dir / "bin/python").status().code(), StatusCode::kFailedPrecondition);
}

TEST(TextTest, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(ToUtf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x99\x82"),
            "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x99\x82");
  EXPECT_EQ(ToUtf8("a\xFFz"), "a\xEF\xBF\xBDz");
  // Overlong, a surrogate, beyond the last, cut short.
  for (const char* bad :
       {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_THAT(ToUtf8(bad), StartsWith("\xEF\xBF\xBD"));
  }
}

TEST(TextTest, FindsTheLastTraceback) {
  const std::string text =
      "Traceback (most recent call last):\n  File \"a\"\nKeyError: 1\nretrying\n"
      "Traceback (most recent call last):\n  File \"b\", line 2\n    f()\nValueError: two\n"
      "  and more\nbye\n";
  EXPECT_EQ(LastTraceback(text),
            "Traceback (most recent call last):\n  File \"b\", line 2\n    f()\nValueError: two\n"
            "  and more");
  EXPECT_EQ(LastTraceback("all is well\n"), "");
  EXPECT_EQ(LastTraceback("Traceback (most recent call last):"),
            "Traceback (most recent call last):");
}

TEST(TextTest, CutsTheMiddleOfALongTraceback) {
  std::string text = "Traceback (most recent call last):\n";
  for (int i = 0; i < 1000; ++i) text += "  File \"recursive\", line 1, in f\n";
  text += "RecursionError: too deep\n";
  const std::string cut = LastTraceback(text, 1000);
  EXPECT_LE(cut.size(), 1000U);
  EXPECT_THAT(cut, StartsWith("Traceback (most recent call last):\n"));
  EXPECT_THAT(cut, HasSubstr("\n[...]\n"));
  EXPECT_THAT(cut, ::testing::EndsWith("RecursionError: too deep"));
}

TEST(TextTest, KnowsTheInterpretersComplaint) {
  EXPECT_EQ(InterpreterComplaint("x\n/usr/bin/python3: No module named t\n", "/usr/bin/python3"),
            "/usr/bin/python3: No module named t");
  EXPECT_EQ(InterpreterComplaint("No module named t\n", "/usr/bin/python3"), "");
}

TEST(RequirementTest, ReadsWhatItCanJudgeAlone) {
  const auto parsed = ParseRequirement("Foo_Bar.baz >= 1.4, <2");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "foo-bar-baz");
  EXPECT_THAT(parsed->clauses, ElementsAre(std::pair<std::string, std::string>(">=", "1.4"),
                                           std::pair<std::string, std::string>("<", "2")));
  EXPECT_TRUE(ParseRequirement("numpy (>=1.0)"));
  for (const char* other : {"", "a[extra]", "a; python_version<'3'", "a @ file:///x", "a==1.0rc1",
                            "a>=1.*", "a~=1", "a===1", "a=1", "a 1", "-", "..>=1"}) {
    EXPECT_FALSE(ParseRequirement(other)) << other;
  }
}

TEST(RequirementTest, ComparesVersions) {
  const Distributions there = ParseDistributions("Numpy 1.26.4\nmy.pkg 2\nodd 1.0.dev3\n");
  for (const char* met : {"numpy", "NUMPY>=1.4", "numpy==1.26.*", "numpy~=1.20", "numpy!=1.26.3",
                          "numpy<1.27,>1.26", "my-pkg==2.0", "odd", "numpy~=1.26.0"}) {
    EXPECT_TRUE(Meets(there, *ParseRequirement(met))) << met;
  }
  for (const char* unmet : {"scipy", "numpy<1.26.4", "numpy==1.2", "numpy~=1.27", "numpy!=1.26.*",
                            "numpy~=1.25.0", "odd>=0.1", "my-pkg>2.0"}) {
    EXPECT_FALSE(Meets(there, *ParseRequirement(unmet))) << unmet;
  }
}

class PackageShapeTest : public ::testing::Test {
 protected:
  PackageShape Read(const std::vector<std::pair<std::string, std::string>>& files,
                    const std::string& name = "trainer-1.0.tar.gz") {
    TempDir dir;
    for (const auto& [path, text] : files) {
      EXPECT_TRUE(RealFileSystem().MakeDirectories(ParentPath(dir / path)).ok());
      EXPECT_TRUE(RealFileSystem().WriteAtomic(dir / path, text).ok());
    }
    PackageShape shape = *ReadPackageShape(RealFileSystem(), dir.path(), name);
    shape.root = shape.root.substr(dir.path().size());
    return shape;
  }
};

TEST_F(PackageShapeTest, ASdistOfSetuptoolsRunsFromWhereItLies) {
  const PackageShape shape =
      Read({{"trainer-1.0/setup.py", "setup(name='trainer', install_requires=['numpy'])"},
            {"trainer-1.0/setup.cfg", "[egg_info]\ntag_build = \n"},
            {"trainer-1.0/trainer/__init__.py", ""},
            {"trainer-1.0/trainer.egg-info/requires.txt", "numpy>=1.4\nsix\n\n[test]\npytest\n"},
            {"trainer-1.0/trainer.egg-info/top_level.txt", "trainer\n"}});
  EXPECT_EQ(shape.pip_reason, "");
  EXPECT_EQ(shape.root, "/trainer-1.0");
  EXPECT_THAT(shape.requirements, ElementsAre("numpy>=1.4", "six"));
}

TEST_F(PackageShapeTest, ThePythonThatAPackageWantsIsARequirement) {
  const PackageShape shape =
      Read({{"t-1.0/t/__init__.py", ""},
            {"t-1.0/t.egg-info/PKG-INFO", "Name: t\nRequires-Python: >=3.6\n\nand more\n"}});
  ASSERT_THAT(shape.requirements, ElementsAre("python>=3.6"));
  const Requirement wanted = *ParseRequirement(shape.requirements.front());
  EXPECT_TRUE(Meets(ParseDistributions("six 1.0\npython 3.6.15\n"), wanted));
  EXPECT_FALSE(Meets(ParseDistributions("python 2.7.18\n"), wanted));
}

TEST_F(PackageShapeTest, APackageAtTheTopOfAnArchiveIsFoundThere) {
  EXPECT_EQ(Read({{"trainer/__init__.py", ""}, {"trainer/task.py", ""}}).root, "");
  EXPECT_EQ(Read({{"setup.py", ""}, {"trainer/__init__.py", ""}}).root, "");
}

TEST_F(PackageShapeTest, WhatNeedsPipSaysWhy) {
  const auto reason = [&](const std::string& file, const std::string& text) {
    return Read({{"t-1.0/t/__init__.py", ""}, {"t-1.0/" + file, text}}).pip_reason;
  };
  EXPECT_EQ(reason("setup.py", "setup(ext_modules=[])"), "its setup.py has ext_modules");
  EXPECT_EQ(reason("setup.py", "setup(cmdclass={})"), "its setup.py has cmdclass");
  EXPECT_EQ(reason("setup.py", "setup(install_requires=['x'])"),
            "its setup.py has install_requires and it carries no metadata");
  EXPECT_EQ(reason("pyproject.toml", ""), "it has a pyproject.toml");
  EXPECT_EQ(reason("setup.cfg", "[options]\npackage_dir =\n  =src"),
            "its setup.cfg has package_dir");
  EXPECT_EQ(reason("t.egg-info/top_level.txt", "other\n"), "its package other is not at its top");
  EXPECT_EQ(reason("t.egg-info/requires.txt", "[:python_version<'3']\nsix\n"),
            "its requirements depend on the platform");
}

TEST_F(PackageShapeTest, Wheels) {
  const std::string name = "t-1.0-py3-none-any.whl";
  const PackageShape pure = Read({{"t/__init__.py", ""},
                                  {"t-1.0.dist-info/WHEEL", "Root-Is-Purelib: true\n"},
                                  {"t-1.0.dist-info/METADATA",
                                   "Requires-Dist: numpy\nRequires-Dist: x; extra == 'y'\n\n"
                                   "Requires-Dist: in the description\n"}},
                                 name);
  EXPECT_EQ(pure.pip_reason, "");
  EXPECT_EQ(pure.root, "");
  EXPECT_THAT(pure.requirements, ElementsAre("numpy"));
  EXPECT_THAT(
      Read({{"t/__init__.py", ""},
            {"t-1.0.dist-info/WHEEL", "Root-Is-Purelib: true\n"},
            {"t-1.0.dist-info/METADATA", "Requires-Python: >=3.6, <4\n\nRequires-Python: x"}},
           name)
          .requirements,
      ElementsAre("python>=3.6, <4"));
  EXPECT_EQ(Read({{"t-1.0.dist-info/WHEEL", "Root-Is-Purelib: false\n"}}, name).pip_reason,
            "it is not pure Python");
  EXPECT_EQ(Read({{"t/__init__.py", ""}}, name).pip_reason, "it has no wheel metadata");
}

}  // namespace
}  // namespace mlengine::runner
