// Router: method and raw path to handler. Templates match on the path before percent-decoding, so a
// variable is exactly one encoded segment: "/storage/v1/b/{bucket}/o/{object}". "{name=**}" at the
// end takes the rest of the path, slashes included. A custom verb is written after the last
// variable: "/v1/projects/{p}/jobs/{j}:cancel"; a literal segment wins over a variable, a verb over
// a plain variable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace mlengine::net {

struct Route {
  std::string method;
  std::string path_template;
  Handler handler;               // or
  UploadHandler upload_handler;  // exactly one of the two
  // Longest body in bytes a plain handler accepts; a longer one is answered 413 with an error body.
  std::size_t body_limit = 1U << 20;
};

class Router {
 public:
  struct Match {
    const Route* route = nullptr;  // null: see `allowed`
    std::vector<std::string> path_values;
    std::vector<std::string>
        allowed;  // methods that this path has, when the method is the problem (405)
  };

  void Add(Route route);
  void Handle(std::string method, std::string path_template, Handler handler);
  Match Find(std::string_view method, std::string_view raw_path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> segments_;  // of the template of each
};

}  // namespace mlengine::net
