#include "engine_api/console_files.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "engine_api/html.h"

namespace mlengine::engine_api {
namespace {

// No script, style, picture or connection but the engine's own, none of them inline, and no page
// around ours. Sound and pictures of a bucket are shown from memory (blob:).
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

std::string TypeOf(std::string_view name) {
  static constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::string_view>>({
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
  });
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

Result<ConsoleFile> ReadFile(FileSystem& files, const std::string& path) {
  ConsoleFile file;
  MLENGINE_ASSIGN_OR_RETURN(file.bytes, files.Read(path));
  Result<std::string> packed = files.Read(path + ".gz");
  if (packed.ok()) file.packed = *std::move(packed);
  file.type = TypeOf(path);
  file.etag = "\"" + Sha256Hex(file.bytes).substr(0, 32) + "\"";
  return file;
}

void Guard(net::Headers& headers) {
  headers.Set("Content-Security-Policy", kPolicy);
  headers.Set("X-Content-Type-Options", "nosniff");
  headers.Set("Referrer-Policy", "no-referrer");
  headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  headers.Set("Cross-Origin-Resource-Policy", "same-origin");
}

// Of the list "gzip, deflate;q=0.5"; a weight of 0 forbids it.
bool TakesGzip(const net::Request& request) {
  const std::string_view list = request.headers.Get("Accept-Encoding").value_or("");
  const std::size_t at = list.find("gzip");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = list.substr(at + 4, list.find(',', at) - at - 4);
  return !rest.starts_with(";q=0") || rest.starts_with(";q=0.");
}

net::Response Answer(const net::Request& request, const ConsoleFile& file, bool for_ever) {
  net::Response response;
  Guard(response.headers);
  response.headers.Set("ETag", file.etag);
  response.headers.Set("Cache-Control",
                       for_ever ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.Set("Vary", "Accept-Encoding");
  if (request.headers.Get("If-None-Match") == file.etag) {
    response.status = 304;
    return response;
  }
  response.headers.Set("Content-Type", file.type);
  if (!file.packed.empty() && TakesGzip(request)) {
    response.headers.Set("Content-Encoding", "gzip");
    response.body = file.packed;
  } else {
    response.body = file.bytes;
  }
  return response;
}

net::Response PlainPage(int status, std::string_view title, const std::string& body) {
  net::Response response;
  response.status = status;
  response.headers.Set("Content-Type", "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.body = Page(title, body, "");
  return response;
}

}  // namespace

Result<ConsoleFiles> ReadConsole(FileSystem& files, const std::string& folder) {
  ConsoleFiles console;
  MLENGINE_ASSIGN_OR_RETURN(console["index.html"], ReadFile(files, JoinPath(folder, "index.html")));
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                            files.List(JoinPath(folder, "assets")));
  for (const std::string& name : names) {
    if (name.ends_with(".gz")) continue;
    MLENGINE_ASSIGN_OR_RETURN(console["assets/" + name],
                              ReadFile(files, JoinPath(folder, "assets/" + name)));
  }
  return console;
}

void RegisterConsole(net::Router& router, std::shared_ptr<const ConsoleFiles> files,
                     const std::string& missing) {
  router.Handle("GET", "/", [](net::Request&) {
    net::Response response;
    response.status = 302;
    response.headers.Set("Location", "/ui");
    return response;
  });
  const auto page = [files, missing](net::Request& request) {
    if (files == nullptr) {
      return PlainPage(
          503, "The console is not installed",
          "<p>" + Escape(missing) +
              "</p><p>In the source tree <code>./dev build</code> makes it. Until then "
              "the command line shows the same: <code>mlengine jobs list</code>.</p>");
    }
    return Answer(request, files->at("index.html"), false);
  };
  router.Handle("GET", "/ui", page);
  router.Handle("GET", "/ui/", page);
  router.Handle("GET", "/ui/{page=**}", page);
  router.Handle("GET", "/ui/assets/{file}", [files](net::Request& request) {
    const auto found = files == nullptr ? ConsoleFiles::const_iterator{}
                                        : files->find("assets/" + request.path_values[0]);
    if (files == nullptr || found == files->end()) {
      return PlainPage(404, "No such file",
                       "<p>The console has no file of this name; after an upgrade of the engine, "
                       "load the page again.</p>");
    }
    return Answer(request, found->second, true);
  });
}

}  // namespace mlengine::engine_api
