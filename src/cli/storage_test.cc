#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/testing/temp_dir.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::HasSubstr;

std::string ObjectJson(const std::string& bytes) {
  return R"({"size":")" + std::to_string(bytes.size()) + R"(","generation":"7","crc32c":")" +
         EncodeCrc32c(ExtendCrc32c(0, bytes)) + "\"}";
}

TEST(Storage, LsPrintsObjectsThenPrefixes) {
  FakeRun run;
  run.server.answer = [](const net::ClientRequest& request) {
    if (request.target.find("/o/") != std::string::npos) return JsonAnswer("{}", 404);
    return JsonAnswer(R"({"items":[{"name":"d/a","size":"3"}],"prefixes":["d/e/"]})");
  };
  EXPECT_EQ(run.Run({"storage", "ls", "gs://b/d"}), 0);
  EXPECT_EQ(run.out.str(), "gs://b/d/a\ngs://b/d/e/\n");
}

TEST(Storage, CpDownWritesTheFileWholeOrNotAtAll) {
  const TempDir dir;
  FakeRun run;
  std::string stored = "hello";
  run.server.answer = [&](const net::ClientRequest& request) {
    return JsonAnswer(request.target.rfind("/download/", 0) == 0 ? "hello" : ObjectJson(stored));
  };
  EXPECT_EQ(run.Run({"storage", "cp", "gs://b/x/f.txt", dir.path()}), 0) << run.err.str();
  EXPECT_EQ(*RealFileSystem().Read(dir / "f.txt"), "hello");
  stored = "jello";  // what arrives is not what is stored
  EXPECT_EQ(run.Run({"storage", "cp", "gs://b/x/f.txt", dir / "g.txt"}), kExitFailed);
  EXPECT_THAT(run.err.str(), HasSubstr("did not arrive whole"));
  EXPECT_EQ(RealFileSystem().List(dir.path())->size(), 1U);
}

TEST(Storage, CpToADashPrints) {
  FakeRun run;
  run.server.answer = [&](const net::ClientRequest& request) {
    return JsonAnswer(request.target.rfind("/download/", 0) == 0 ? "hello" : ObjectJson("hello"));
  };
  EXPECT_EQ(run.Run({"storage", "cp", "gs://b/x/f.txt", "-"}), 0) << run.err.str();
  EXPECT_EQ(run.out.str(), "hello");
}

TEST(Storage, CpDownStaysInsideTheTarget) {
  const TempDir dir;
  FakeRun run;
  run.server.answer = [&](const net::ClientRequest& request) {
    if (request.target.rfind("/download/", 0) == 0) return JsonAnswer("hello");
    if (request.target.find("/o/") != std::string::npos) return JsonAnswer(ObjectJson("hello"));
    return JsonAnswer(R"({"items":[{"name":"d/../../f","size":"5"}]})");
  };
  EXPECT_EQ(run.Run({"storage", "cp", "-r", "gs://b/d", dir / "in/side"}), kExitFailed);
  EXPECT_THAT(run.err.str(), HasSubstr("[gs://b/d/../../f] would lie outside of"));
  EXPECT_TRUE(RealFileSystem().List(dir.path())->empty());
}

TEST(Storage, CpUpInPartsAbove8MiB) {
  const TempDir dir;
  FakeRun run;
  const std::string big((8U << 20) + 5, 'x');
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "big", big).ok());
  run.server.answer = [&](const net::ClientRequest& request) {
    if (request.method == "GET") return JsonAnswer("{}", 404);
    if (request.method == "POST") {
      net::ClientResponse started{200, {}, ""};
      started.headers.Set("Location", "http://other:9/resumable/upload/s?upload_id=1");
      return started;
    }
    return request.body.size() == 5 ? JsonAnswer(ObjectJson(big)) : JsonAnswer("", 308);
  };
  EXPECT_EQ(run.Run({"storage", "cp", dir / "big", "gs://b/"}), 0) << run.err.str();
  EXPECT_EQ(run.server.calls.back().target, "/resumable/upload/s?upload_id=1");
  EXPECT_EQ(run.server.calls.back().headers.Get("Content-Range"), "bytes 8388608-8388612/8388613");
}

TEST(Storage, CpRecursiveKeepsTheTree) {
  const TempDir dir;
  FakeRun run;
  run.server.answer = [](const net::ClientRequest& request) {
    if (request.target.rfind("/download/", 0) == 0) return JsonAnswer("x");
    if (request.target.find("/o?") != std::string::npos) {
      return JsonAnswer(R"({"items":[{"name":"d/a"},{"name":"d/e/f"},{"name":"d/g/"}]})");
    }
    return JsonAnswer(ObjectJson("x"));
  };
  EXPECT_EQ(run.Run({"storage", "cp", "-r", "gs://b/d", dir.path()}), 0) << run.err.str();
  EXPECT_EQ(*RealFileSystem().Read(dir / "d/e/f"), "x");
  EXPECT_EQ(*RealFileSystem().Read(dir / "d/a"), "x");
}

TEST(Storage, ErrorsSayWhatToWrite) {
  FakeRun run;
  EXPECT_EQ(run.Run({"storage", "cp", "a", "b"}), kExitFailed);
  EXPECT_THAT(run.err.str(), HasSubstr("neither source nor target is a gs:// address"));
  EXPECT_EQ(run.Run({"storage", "rm", "gs://b"}), kExitFailed);
  EXPECT_THAT(run.err.str(), HasSubstr("Give -r"));
  EXPECT_EQ(run.Run({"storage", "mb", "b"}), kExitFailed);
  EXPECT_THAT(run.err.str(), HasSubstr("[b] is not a gs:// address"));
}

}  // namespace
}  // namespace mlengine::cli
