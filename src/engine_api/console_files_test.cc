#include "engine_api/console_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/testing/temp_dir.h"

namespace mlengine::engine_api {
namespace {

class ConsoleFilesTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& bytes) {
    const std::filesystem::path path = JoinPath(folder_.path(), name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << bytes;
  }
  net::Response Get(const std::string& path, const net::Headers& headers = {}) {
    net::Router router;
    Result<ConsoleFiles> files = ReadConsole(RealFileSystem(), folder_.path());
    RegisterConsole(router,
                    files.ok() ? std::make_shared<const ConsoleFiles>(*std::move(files)) : nullptr,
                    "there is none in FOLDER <x>");
    const net::Router::Match match = router.Find("GET", path);
    if (match.route == nullptr) return {};
    net::Request request;
    request.headers = headers;
    request.path_values = match.path_values;
    return match.route->handler(request);
  }

  TempDir folder_;
};

TEST_F(ConsoleFilesTest, EveryAddressUnderUiIsAPageOfTheConsole) {
  Write("index.html", "<!doctype html>");
  Write("assets/index-1a.js", "run()");
  for (const std::string path : {"/ui", "/ui/", "/ui/jobs/j", "/ui/storage/b/folder/x"}) {
    const net::Response response = Get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, "<!doctype html>");
    EXPECT_EQ(response.headers.Get("Cache-Control"), "no-cache");
    const std::string policy(response.headers.Get("Content-Security-Policy").value_or(""));
    EXPECT_NE(policy.find("script-src 'self';"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe-inline"), std::string::npos);
  }
  EXPECT_EQ(Get("/").headers.Get("Location"), "/ui");
}

TEST_F(ConsoleFilesTest, AssetsAreKeptForEverAndSentPackedToWhoTakesIt) {
  Write("index.html", "x");
  Write("assets/index-1a.js", "run()");
  Write("assets/index-1a.js.gz", "PACKED");
  net::Response response = Get("/ui/assets/index-1a.js");
  EXPECT_EQ(response.body, "run()");
  EXPECT_EQ(response.headers.Get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(response.headers.Get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_FALSE(response.headers.Get("Content-Encoding"));

  net::Headers browser;
  browser.Set("Accept-Encoding", "deflate, gzip;q=0.8, br");
  response = Get("/ui/assets/index-1a.js", browser);
  EXPECT_EQ(response.body, "PACKED");
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "gzip");

  net::Headers refuses;
  refuses.Set("Accept-Encoding", "gzip;q=0, br");
  EXPECT_EQ(Get("/ui/assets/index-1a.js", refuses).body, "run()");

  net::Headers has_it;
  has_it.Set("If-None-Match", std::string(*response.headers.Get("ETag")));
  response = Get("/ui/assets/index-1a.js", has_it);
  EXPECT_EQ(response.status, 304);
  EXPECT_TRUE(response.body.empty());
}

TEST_F(ConsoleFilesTest, AFileThatIsNotTheConsolesIsNotFound) {
  Write("index.html", "x");
  Write("assets/index-1a.js", "run()");
  Write("secret", "key");
  EXPECT_EQ(Get("/ui/assets/none.js").status, 404);
  EXPECT_EQ(Get("/ui/assets/..%2fsecret").status, 404);
  EXPECT_EQ(Get("/ui/assets/../secret").body, "x");  // a page, not the file
}

TEST_F(ConsoleFilesTest, WithoutAConsoleThePageSaysWhatToDo) {
  EXPECT_EQ(ReadConsole(RealFileSystem(), folder_.path()).status().code(), StatusCode::kNotFound);
  const net::Response response = Get("/ui/jobs/j");
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(response.body.find("FOLDER &lt;x&gt;"), std::string::npos);
  EXPECT_NE(response.body.find("./dev build"), std::string::npos);
  EXPECT_EQ(Get("/ui/assets/a.js").status, 404);
}

}  // namespace
}  // namespace mlengine::engine_api
