#include "cli/on_path.h"

#include <unistd.h>

#include "cli/session.h"

namespace mlengine::cli {

std::string OnPath(const Session& session, const std::string& name) {
  const std::string path = session.env("PATH").value_or("/usr/local/bin:/usr/bin:/bin") + ":";
  for (std::size_t start = 0, colon = 0; (colon = path.find(':', start)) != std::string::npos;
       start = colon + 1) {
    const std::string file = path.substr(start, colon - start) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

}  // namespace mlengine::cli
