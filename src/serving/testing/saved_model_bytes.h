// SavedModels made by hand, byte by byte, for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlengine::serving {

// A field of a protobuf message whose value has a length.
inline std::string Field(int number, std::string_view value) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  std::size_t size = value.size();
  for (; size > 0x7F; size >>= 7) out += static_cast<char>((size & 0x7F) | 0x80);
  out += static_cast<char>(size);
  return out.append(value);
}

inline std::string MetaGraph(const std::vector<std::string>& tags,
                             const std::vector<std::string>& signatures,
                             const std::vector<std::string>& operations = {"Placeholder"}) {
  std::string info;
  for (const std::string& tag : tags) info += Field(4, tag);
  std::string nodes;
  for (const std::string& operation : operations) nodes += Field(1, Field(2, operation));
  std::string out = Field(1, info) + Field(2, nodes);
  for (const std::string& name : signatures) out += Field(5, Field(1, name) + Field(2, ""));
  return out;
}

inline std::string SavedModelBytes(const std::vector<std::string>& graphs) {
  std::string out("\x08\x01", 2);  // saved_model_schema_version: 1
  for (const std::string& graph : graphs) out += Field(2, graph);
  return out;
}

// One that can serve and has no variables.
inline std::string GoodSavedModel() {
  return SavedModelBytes({MetaGraph({"serve"}, {"serving_default"})});
}

// What variables.index ends with; the rest is not looked at.
inline std::string IndexBytes() {
  return std::string(40, '\0') + std::string("\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8);
}

}  // namespace mlengine::serving
