#include "engine_api/reasons.h"

#include <boost/json.hpp>
#include <utility>

namespace mlengine::engine_api {
namespace json = boost::json;

void AddReasons(const std::vector<policy::Reason>& reasons, json::object& out) {
  json::array sentences;
  json::array codes;
  for (const policy::Reason& reason : reasons) {
    sentences.emplace_back(reason.sentence);
    json::object one;
    if (!reason.code.empty()) {
      json::object values;
      for (const auto& [name, value] : reason.values) values[name] = value;
      one = {{"code", reason.code}, {"values", std::move(values)}};
    }
    codes.push_back(std::move(one));
  }
  out["sentences"] = std::move(sentences);
  out["reasons"] = std::move(codes);
}

}  // namespace mlengine::engine_api
