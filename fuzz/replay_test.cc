// Replays what is kept of every target's inputs. An input on which it ends is named last.
#include <gtest/gtest.h>

#include <sanitizer/common_interface_defs.h>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/file_system.h"
#include "base/testing/source_tree.h"
#include "fuzz_target.h"

namespace mlengine::fuzz {
namespace {

namespace fs = std::filesystem;

void NameInput() {
  std::fprintf(stderr, "fuzz: the input is %s\n", CurrentInput().c_str());
}

class Replay : public testing::Test {
 public:
  explicit Replay(ListedTarget target) : target_(std::move(target)) {}

  void TestBody() override {
    const fs::path root = fs::path(SourceTree()) / "fuzz";
    int inputs = 0;
    for (const char* kind : {"corpus", "regressions"}) {
      const fs::path folder = root / kind / target_.name;
      if (!fs::exists(folder)) continue;
      std::set<fs::path> paths;
      for (const auto& entry : fs::directory_iterator(folder)) paths.insert(entry.path());
      for (const fs::path& path : paths) {
        const Result<std::string> bytes = RealFileSystem().Read(path);
        ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
        CurrentInput() = path;
        target_.function(*bytes);
        ++inputs;
      }
    }
    EXPECT_GT(inputs, 0) << "fuzz/corpus/" << target_.name << " is empty";
  }

 private:
  const ListedTarget target_;
};

}  // namespace
}  // namespace mlengine::fuzz

int main(int argc, char** argv) {
  using namespace mlengine::fuzz;
  testing::InitGoogleTest(&argc, argv);
  __sanitizer_set_death_callback(NameInput);
  for (const ListedTarget& target : Targets()) {
    testing::RegisterTest("Replay", target.name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [target]() -> testing::Test* { return new Replay(target); });
  }
  return RUN_ALL_TESTS();
}
