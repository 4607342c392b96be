#include "policy/runtime_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/version_number.h"

namespace mlengine::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RuntimeCatalog MustParse(const std::string& yaml) {
  Result<RuntimeCatalog> catalog = RuntimeCatalog::Parse(yaml, "c.yaml");
  EXPECT_TRUE(catalog.ok()) << catalog.status().ToString();
  return catalog.value_or({});
}

TEST(RuntimeCatalogTest, TheBuiltInOneHasSystemAndOnePinnedDefault) {
  const RuntimeCatalog catalog = RuntimeCatalog::BuiltIn();
  ASSERT_NE(catalog.Find("system"), nullptr);
  EXPECT_EQ(catalog.Find("system")->interpreter, "python3");
  EXPECT_EQ(catalog.DefaultName(), "2.19");
  const RuntimeVersion& tensorflow = *catalog.Find("2.19");
  EXPECT_EQ(tensorflow.python_versions.front(), "3.11");
  EXPECT_THAT(
      tensorflow.requirements,
      ::testing::IsSupersetOf({"tensorflow-cpu==2.19.1", "tensorflow-io-gcs-filesystem==0.37.1"}));
  for (const std::string& requirement : tensorflow.requirements)
    EXPECT_THAT(requirement, HasSubstr("=="));
}

TEST(RuntimeCatalogTest, TheBuiltInOneHasTheOriginalsWholeListInOrder) {
  const RuntimeCatalog catalog = RuntimeCatalog::BuiltIn();
  std::vector<std::string> names;
  for (const RuntimeVersion& version : catalog.versions()) names.push_back(version.name);
  EXPECT_THAT(names, ElementsAre("system", "0.11", "0.12", "1.0", "1.1", "1.2", "1.4", "1.5", "1.6",
                                 "1.7", "1.8", "1.9", "1.10", "1.11", "1.12", "1.13", "1.14",
                                 "1.15", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8",
                                 "2.9", "2.10", "2.11", "2.19", "scikit-learn"));
  for (const RuntimeVersion& version : catalog.versions()) {
    SCOPED_TRACE(version.name);
    const auto original = RuntimeCatalog::PythonVersionsOfOriginal(version.name);
    if (original.empty()) continue;
    EXPECT_THAT(version.framework, HasSubstr("TensorFlow " + version.name));
    // Each Python of the catalog is one of the original's, but for 3.6, which stands beside 3.5.
    for (const std::string& python : version.python_versions) {
      if (python == "3.6") {
        EXPECT_THAT(original, ::testing::Contains("3.5"));
      } else {
        EXPECT_THAT(original, ::testing::Contains(python));
      }
    }
    if (!version.unavailable.empty()) continue;
    EXPECT_FALSE(version.released.empty());
    EXPECT_THAT(version.requirements.front(), ::testing::StartsWith("tensorflow"));
    EXPECT_FALSE(version.installer.empty());
  }
  EXPECT_EQ(catalog.Find("1.4")->released, "2017-12-14");
  EXPECT_FALSE(catalog.Find("1.4")->released_derived);
  EXPECT_TRUE(catalog.Find("2.11")->released_derived);
  EXPECT_THAT(catalog.Find("0.11")->unavailable, HasSubstr("no TensorFlow 0.11.0"));
  EXPECT_THAT(catalog.Find("1.4")->requirements, ElementsAre("tensorflow==1.4.0"));
  EXPECT_THAT(catalog.Find("1.4")->derived, ::testing::Contains("numpy==1.13.3"));
}

TEST(RuntimeCatalogTest, ReadsAllKeys) {
  const RuntimeCatalog catalog = MustParse(
      "runtimes:\n"
      "  1.10:\n    framework: Frame 1\n    python: [3.11, '3.12']\n    default: true\n"
      "    provides: [c==2.0]\n    requirements: ['a==1; python_version < \"3.12\"', "
      "/wheels/b-1-py3-none-any.whl]\n    derived: [d==1]\n    installer: [pip==1]\n"
      "    released: 2018-08-31\n    releasedDerived: true\n    unavailable: no wheel\n"
      "  own: {interpreter: /opt/venv/bin/python}\n");
  const RuntimeVersion& first = *catalog.Find("1.10");  // not the number 1.1
  EXPECT_EQ(first.framework, "Frame 1");
  EXPECT_THAT(first.python_versions, ElementsAre("3.11", "3.12"));
  EXPECT_EQ(first.requirements.size(), 2U);
  EXPECT_THAT(first.provides, ElementsAre("c==2.0"));
  EXPECT_TRUE(first.is_default);
  EXPECT_THAT(first.derived, ElementsAre("d==1"));
  EXPECT_THAT(first.installer, ElementsAre("pip==1"));
  EXPECT_EQ(first.released, "2018-08-31");
  EXPECT_TRUE(first.released_derived);
  EXPECT_EQ(first.unavailable, "no wheel");
  EXPECT_EQ(catalog.Find("own")->interpreter, "/opt/venv/bin/python");
  EXPECT_EQ(catalog.Find("1.1"), nullptr);
}

TEST(RuntimeCatalogTest, NamesFileLineAndKeyOfWhatIsWrong) {
  const struct {
    const char* yaml;
    const char* message;
  } cases[] = {
      {"runtimes:\n  a: [\n", "c.yaml:3: "},
      {"- x\n", "the file must have the key runtimes"},
      {"runtime: {}\n", "c.yaml:1: runtime is not known"},
      {"runtimes:\n  a:\n    pyhton: ['3.11']\n", "c.yaml:3: a.pyhton is not known"},
      {"runtimes:\n  a:\n    python: ['three']\n", "a.python: \"three\" is not a Python version"},
      {"runtimes:\n  a:\n    python: '3.11'\n", "a.python must be a list"},
      {"runtimes:\n  a:\n    python: ['3.11']\n    requirements: [numpy]\n",
       "c.yaml:4: a.requirements: \"numpy\" is not an exact version"},
      {"runtimes:\n  a: {python: ['3.11'], requirements: ['numpy==1.*']}\n",
       "not an exact version"},
      {"runtimes:\n  a: {python: ['3.11'], requirements: ['--pre==1']}\n", "not an exact version"},
      {"runtimes:\n  a: {python: ['3.11'], requirements: [';b==1']}\n", "not an exact version"},
      {"runtimes:\n  a: {python: ['3.11'], provides: [b]}\n",
       "a.provides: \"b\" is not of the form"},
      {"runtimes:\n  a: {python: ['3.11'], provides: [../b==1]}\n", "a.provides: \"../b==1\""},
      {"runtimes:\n  a: {requirements: ['b==1']}\n", "a needs python"},
      {"runtimes:\n  a: {interpreter: python3, requirements: ['b==1']}\n", "choose one"},
      {"runtimes:\n  a: {interpreter: python3, default: maybe}\n", "a.default must be true"},
      {"runtimes:\n  a: {python: ['3.11'], derived: [numpy]}\n", "a.derived: \"numpy\" is not"},
      {"runtimes:\n  a: {python: ['3.11'], installer: [pip]}\n", "a.installer: \"pip\" is not"},
      {"runtimes:\n  a: {python: ['3.11'], released: 2018}\n", "a.released: \"2018\" is not a day"},
      {"runtimes:\n  a: {python: ['3.11'], releasedDerived: yes}\n", "must be true or false"},
      {"runtimes:\n  a: {interpreter: python3, derived: ['b==1']}\n", "choose one"},
      {"runtimes:\n  ../a: {interpreter: python3}\n", "\"../a\" cannot name a runtime"},
      {"runtimes:\n  .a: {interpreter: python3}\n", "\".a\" cannot name a runtime"},
      {"runtimes:\n  a: {interpreter: x}\n  a: {interpreter: y}\n", "c.yaml:3: a is there twice"},
      {"runtimes:\n  a: {interpreter: x, default: true}\n  b: {interpreter: y, default: true}\n",
       "a and b are both the default"},
  };
  for (const auto& c : cases) {
    const Status status = RuntimeCatalog::Parse(c.yaml, "c.yaml").status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << c.yaml;
    EXPECT_THAT(status.message(), HasSubstr(c.message)) << c.yaml;
  }
}

TEST(RuntimeCatalogTest, AMergeReplacesAddsAndMovesTheDefault) {
  RuntimeCatalog catalog = RuntimeCatalog::BuiltIn();
  const std::size_t before = catalog.versions().size();
  catalog.Merge(
      MustParse("runtimes:\n  system: {interpreter: /opt/python}\n"
                "  mine: {interpreter: x, framework: Frame, default: true}\n"));
  EXPECT_EQ(catalog.versions().size(), before + 1);
  EXPECT_EQ(catalog.Find("system")->interpreter, "/opt/python");
  EXPECT_EQ(catalog.DefaultName(), "mine");
}

TEST(RuntimeCatalogTest, KnowsThePythonsOfTheOriginal) {
  const auto pythons = RuntimeCatalog::PythonVersionsOfOriginal;
  EXPECT_THAT(pythons("1.0"), ElementsAre("2.7"));
  EXPECT_THAT(pythons("1.4"), ElementsAre("2.7", "3.5"));
  EXPECT_THAT(pythons("1.14"), ElementsAre("2.7", "3.5"));
  EXPECT_THAT(pythons("1.15"), ElementsAre("2.7", "3.7"));
  EXPECT_THAT(pythons("2.1"), ElementsAre("3.7"));
  EXPECT_THAT(pythons("2.11"), ::testing::Contains("3.7"));
  for (const char* name : {"1.3", "1.16", "2.0", "2.12", "1.4.0", "1.04", "1", "", "x", "-1.4"})
    EXPECT_THAT(pythons(name), IsEmpty()) << name;
}

TEST(RuntimeCatalogTest, RefusesAPairTheOriginalNeverHadInItsWords) {
  const Status status = CheckRuntimePair("2.1", "3.5");
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(
      status.message(),
      HasSubstr("Field: runtime_version Error: The specified runtime version '2.1' with the "
                "Python version '3.5' is not supported or is deprecated. Please specify a "
                "different runtime version. See "));
  ASSERT_EQ(status.violations().size(), 1U);
  EXPECT_EQ(status.violations()[0].field, "runtime_version");
  EXPECT_TRUE(CheckRuntimePair("1.4", "3.5").ok());
  EXPECT_TRUE(CheckRuntimePair("2.1", "").ok());
  EXPECT_TRUE(CheckRuntimePair("", "3.5").ok());
  EXPECT_TRUE(CheckRuntimePair("2.19", "3.5").ok());  // not the original's: the catalog has it
}

// 3.7 only from 1.15 on, 3.5 with 1.4 to 1.14, 2.7 up to 1.15.
TEST(RuntimeCatalogTest, KeepsThePythonRulesOfTheOriginal) {
  const struct {
    const char* runtime;
    const char* python;
    bool fits;
  } cases[] = {
      {"0.12", "2.7", true},  {"0.12", "3.5", false}, {"1.0", "2.7", true},   {"1.0", "3.5", false},
      {"1.2", "2.7", true},   {"1.2", "3.5", false},  {"1.2", "3.7", false},  {"1.4", "2.7", true},
      {"1.4", "3.5", true},   {"1.4", "3.7", false},  {"1.9", "3.5", true},   {"1.10", "3.5", true},
      {"1.14", "2.7", true},  {"1.14", "3.5", true},  {"1.14", "3.7", false}, {"1.15", "2.7", true},
      {"1.15", "3.5", false}, {"1.15", "3.7", true},  {"2.1", "2.7", false},  {"2.1", "3.5", false},
      {"2.1", "3.7", true},   {"2.1", "3.8", false},  {"2.2", "3.8", true},   {"2.11", "3.7", true},
      {"2.11", "2.7", false}, {"2.11", "3.5", false}, {"2.11", "3.11", false}};
  for (const auto& c : cases) {
    EXPECT_EQ(CheckRuntimePair(c.runtime, c.python).ok(), c.fits) << c.runtime << " " << c.python;
  }
}

TEST(VersionNumberTest, ComparesNumbersNotText) {
  EXPECT_GT(ParseVersionNumber("1.10"), ParseVersionNumber("1.9"));
  EXPECT_EQ(ParseVersionNumber("3.11.2"), ParseVersionNumber("3.11"));
  for (const char* text : {"", "1", "1.", ".1", "1.x", "1.4rc1", "-1.2", "99999999999.1"})
    EXPECT_EQ(ParseVersionNumber(text), std::nullopt) << text;
}

constexpr char kChoices[] = R"(runtimes:
  system: {interpreter: python3}
  "1.4": {framework: Frame 1.4, python: ["3.8"]}
  "1.9": {framework: Frame 1.9, python: ["3.9"]}
  "1.10": {framework: Frame 1.10, python: ["3.9"]}
  "2.19": {framework: Frame 2.19, python: ["3.11", "3.12"], default: true}
  bare: {python: ["3.11"]}
)";

struct Choice {
  std::vector<std::string> installed;  // besides system
  std::string runtime;
  std::string python;
  std::string runs;                // "" when refused
  std::vector<std::string> words;  // all in the one warning, or in the refusal
  StatusCode code = StatusCode::kOk;
  int warnings = 1;
};

void Check(const Choice& c, Compatibility compatibility, const std::string& default_runtime = "") {
  const RuntimeCatalog catalog = MustParse(kChoices);
  std::vector<InstalledVersion> installed = {{"system", "3.10.4"}};
  for (const std::string& name : c.installed) {
    const std::vector<std::string>& pythons = catalog.Find(name)->python_versions;
    installed.push_back({name, pythons.front() + ".2"});
  }
  const Result<RuntimeChoice> choice =
      ChooseRuntime(catalog, installed, default_runtime, compatibility, {c.runtime, c.python});
  SCOPED_TRACE("asked \"" + c.runtime + "\" with Python \"" + c.python + "\"");
  EXPECT_EQ(choice.status().code(), c.code) << choice.status().ToString();
  std::string text = choice.status().message();
  if (choice.ok()) {
    EXPECT_EQ(choice->name, c.runs);
    EXPECT_EQ(static_cast<int>(choice->warnings.size()), c.warnings);
    for (const std::string& warning : choice->warnings) text += warning + "\n";
  }
  for (const std::string& word : c.words) EXPECT_THAT(text, HasSubstr(word));
}

TEST(ChooseRuntimeTest, NearestRunsOnWhatThereIs) {
  const std::vector<std::string> all = {"1.4", "1.9", "1.10", "2.19"};
  const Choice cases[] = {
      {all, "1.10", "", "1.10", {"No Python version was given, for which the original took 2.7"}},
      {all, "2.19", "3.11", "2.19", {}, StatusCode::kOk, 0},
      {all, "system", "", "system", {}, StatusCode::kOk, 0},
      {all, "1.4", "3.8", "1.4", {}, StatusCode::kOk, 0},
      // Pairs of integers: 1.11 is next to 1.10, and 1.8 to 1.9.
      {all, "1.11", "", "1.10", {"Runtime version 1.11 ", "1.10 (Frame 1.10, Python 3.9.2)"}},
      {all, "1.8", "", "1.9", {"Runtime version 1.8 ", "1.9 (Frame 1.9"}},
      {all, "2.1", "", "2.19", {"2.1 ", "2.19 ("}},
      {{"2.19"}, "1.4", "3.5", "2.19", {"Runtime version 1.4 with Python 3.5", "Python 3.11.2"}},
      {{"1.4", "2.19"}, "1.15", "", "1.4", {"1.15", "1.4 ("}},
      // A tie goes to the newer.
      {{"1.4", "1.10"}, "1.7", "", "1.10", {"1.7", "1.10 ("}},
      // A runtime without a framework stands in for none that has one.
      {{"bare", "1.4"}, "2.19", "", "1.4", {"2.19", "1.4 ("}},
      {{},
       "1.4",
       "",
       "system",
       {"1.4", "system (no framework, Python 3.10.4)", "No runtime with a framework",
        "mlengine runtimes install 1.4"}},
      {{}, "2.1", "", "system", {"2.1", "mlengine runtimes install 2.19"}},
      {all, "2.19", "2.7", "2.19", {"Python 2.7 was asked for", "Python 3.11.2"}},
      {all, "", "", "2.19", {"No runtime version was given", "2.19 (Frame 2.19, Python 3.11.2)"}},
      {all, "", "3.7", "2.19", {"No runtime version", "Python 3.7 was asked"}, StatusCode::kOk, 2},
      {{"1.9"}, "", "", "1.9", {"The default runtime version 2.19 is not installed", "1.9 ("}},
      {{}, "", "", "system", {"2.19", "No runtime with a framework", "install 2.19"}},
      {all,
       "2.1",
       "3.5",
       "",
       {"'2.1' with the Python version '3.5'"},
       StatusCode::kInvalidArgument},
      {all, "1.3", "", "", {"1.3 is not known", "mlengine runtimes"}, StatusCode::kNotFound},
      {all, "latest", "", "", {"latest is not known"}, StatusCode::kNotFound},
  };
  for (const Choice& c : cases) Check(c, Compatibility::kNearest);
}

constexpr char kTwoPythons[] = R"(runtimes:
  system: {interpreter: python3}
  "1.4": {framework: Frame 1.4, python: ["2.7", "3.5", "3.6"]}
  "1.12": {framework: Frame 1.12, python: ["2.7", "3.5", "3.6"]}
  "1.15": {framework: Frame 1.15, python: ["2.7", "3.7"]}
  "0.11": {framework: Frame 0.11, python: ["2.7"], unavailable: no wheel}
  "2.19": {framework: Frame 2.19, python: ["3.11"], default: true}
)";

struct PythonChoice {
  std::vector<InstalledVersion> installed;
  std::string runtime;
  std::string python;
  std::string runs;  // name and Python
  std::vector<std::string> words;
};

// What the server does: the runtime first, then its Python.
void CheckPython(const PythonChoice& c) {
  const RuntimeCatalog catalog = MustParse(kTwoPythons);
  std::vector<InstalledVersion> installed = c.installed;
  installed.push_back({"system", "3.11.2"});
  SCOPED_TRACE("asked \"" + c.runtime + "\" with Python \"" + c.python + "\"");
  const RuntimeRequest request{c.runtime, c.python};
  const auto choice = ChooseRuntime(catalog, installed, "", Compatibility::kNearest, request);
  ASSERT_TRUE(choice.ok()) << choice.status().ToString();
  const auto python = ChoosePython(catalog, installed, choice->name, ExpectedPython(request));
  ASSERT_TRUE(python.has_value());
  EXPECT_EQ(choice->name + " " + installed[*python].python_version, c.runs);
  const std::string text = choice->warnings.empty() ? "" : choice->warnings.front();
  EXPECT_EQ(text.empty(), c.words.empty()) << text;
  for (const std::string& word : c.words) EXPECT_THAT(text, HasSubstr(word));
}

TEST(ChooseRuntimeTest, NearestPrefersThePythonThatWasAskedForAndThenItsMajorVersion) {
  const InstalledVersion old2{"1.4", "2.7.18"};
  const InstalledVersion old3{"1.4", "3.6.15"};
  const InstalledVersion last2{"1.15", "2.7.18"};
  const InstalledVersion last3{"1.15", "3.7.16"};
  const InstalledVersion now{"2.19", "3.11.2"};
  const PythonChoice cases[] = {
      {{old2, old3, now}, "1.4", "2.7", "1.4 2.7.18", {}},
      {{old3, old2, now}, "1.4", "3.6", "1.4 3.6.15", {}},
      // The original's default.
      {{old3, old2, now}, "1.4", "", "1.4 2.7.18", {}},
      {{old3, now}, "1.4", "", "1.4 3.6.15", {"No Python version was given", "2.7; the job runs"}},
      // 3.5 has no interpreter here: the 3 that there is.
      {{old2, old3, now},
       "1.4",
       "3.5",
       "1.4 3.6.15",
       {"Python 3.5 was asked for", "Python 3.6.15"}},
      // Another version of the framework goes before another major version of Python.
      {{old3, last2, now}, "1.4", "2.7", "1.15 2.7.18", {"1.4 with Python 2.7 is not", "1.15 ("}},
      {{old2, now}, "1.4", "3.5", "2.19 3.11.2", {"1.4 with Python 3.5 is not installed"}},
      {{last2, last3, now}, "1.12", "", "1.15 2.7.18", {"1.12 is not installed", "Python 2.7.18"}},
      {{last2, last3, now}, "1.12", "3.5", "1.15 3.7.16", {"Python 3.7.16"}},
      // None is here: plainly said.
      {{last3, now},
       "1.12",
       "2.7",
       "1.15 3.7.16",
       {"No runtime with Python 2 is installed", "will fail on Python 3.7.16",
        "mlengine runtimes install 1.12 --python-version 2.7"}},
      {{}, "1.12", "2.7", "system 3.11.2", {"No runtime with Python 2 is installed"}},
      {{old3, now}, "0.11", "", "1.4 3.6.15", {"0.11 is not installed and cannot be: no wheel"}},
      {{last2, last3, now}, "", "", "2.19 3.11.2", {"No runtime version was given"}},
  };
  for (const PythonChoice& c : cases) CheckPython(c);
}

TEST(ChooseRuntimeTest, WarnsAJobWithObjectsOfATensorFlowThatCannotReachThem) {
  const RuntimeCatalog catalog = RuntimeCatalog::BuiltIn();
  const std::vector<InstalledVersion> installed = {{"1.4", "2.7.18"}, {"2.11", "3.7.16"}};
  const auto warnings = [&](const char* runtime, bool uses_objects) {
    const auto choice =
        ChooseRuntime(catalog, installed, "", Compatibility::kNearest, {runtime, "", uses_objects});
    return choice.ok() ? choice->warnings : std::vector{choice.status().ToString()};
  };
  EXPECT_THAT(warnings("1.4", false), IsEmpty());
  EXPECT_THAT(warnings("1.4", true),
              ElementsAre(HasSubstr("TensorFlow 1.4.0 itself cannot read or write gs://")));
  EXPECT_THAT(warnings("2.11", true), IsEmpty());
}

TEST(ChooseRuntimeTest, StrictRefusesWhatIsNotThere) {
  const Choice cases[] = {
      {{"2.19"}, "2.19", "", "2.19", {}, StatusCode::kOk, 0},
      {{"2.19"}, "", "", "2.19", {"No runtime version was given"}},
      {{"2.19"},
       "1.10",
       "",
       "",
       {"1.10", "mlengine runtimes install 1.10"},
       StatusCode::kFailedPrecondition},
      {{"2.19"},
       "1.15",
       "",
       "",
       {"1.15 cannot be installed on this machine"},
       StatusCode::kFailedPrecondition},
      {{"2.19"},
       "2.19",
       "3.12",
       "",
       {"Python 3.12 was asked for", "has Python 3.11.2"},
       StatusCode::kFailedPrecondition},
      {{},
       "",
       "",
       "",
       {"The default runtime version 2.19", "mlengine runtimes install 2.19"},
       StatusCode::kFailedPrecondition},
  };
  for (const Choice& c : cases) Check(c, Compatibility::kStrict);
}

TEST(ChooseRuntimeTest, TheServersDefaultGoesBeforeTheCatalogs) {
  Check({{"1.4", "2.19"}, "", "", "1.4", {"1.4 (Frame 1.4"}}, Compatibility::kNearest, "1.4");
  Check({{"2.19"}, "", "", "system", {"system", "No framework"}}, Compatibility::kNearest,
        "system");
  Check({{"2.19"}, "", "", "", {"The default runtime version x is"}, StatusCode::kNotFound},
        Compatibility::kNearest, "x");
}

}  // namespace
}  // namespace mlengine::policy
