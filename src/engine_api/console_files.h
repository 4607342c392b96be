// The built console under /ui: what `./dev build` made of console/, read into memory when the
// server starts, so no request reaches the disk. A name under assets/ holds a digest of the file:
// browsers keep it for ever. Every other address under /ui is a page of the console, which its own
// script draws: index.html answers it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/result.h"
#include "net/router.h"

namespace mlengine::engine_api {

struct ConsoleFile {
  std::string type;  // of its bytes, for Content-Type
  std::string bytes;
  std::string packed;  // the same by gzip; "" where the build made none
  std::string etag;    // quoted, of `bytes`
};

// By name in the folder: "index.html", "assets/index-abc.js".
using ConsoleFiles = std::map<std::string, ConsoleFile>;

// Reads index.html and assets/ of `folder`. NOT_FOUND when there is no console in it.
Result<ConsoleFiles> ReadConsole(FileSystem& files, const std::string& folder);

// Adds /, /ui and all under it. Without `files` every page is a plain one that says `missing`, a
// sentence, and what to do.
void RegisterConsole(net::Router& router, std::shared_ptr<const ConsoleFiles> files,
                     const std::string& missing);

}  // namespace mlengine::engine_api
