// parley-protocol-doc SCHEMA INTRO: writes docs/protocol.md to its standard output. SCHEMA is the
// compiled schema (build/<preset>/generated/protocol/schema.desc), INTRO is protocol/doc_intro.md.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "protocol/doc.hpp"

namespace {

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s SCHEMA INTRO\n", argv[0]);
    return 2;
  }
  const std::string intro = read_file(argv[2]);
  if (intro.empty()) {
    std::fprintf(stderr, "parley-protocol-doc: cannot read %s.\n", argv[2]);
    return 1;
  }
  const std::string schema = read_file(argv[1]);
  const auto page = parley::protocol::write_reference(parley::as_bytes(schema), intro);
  if (!page) {
    std::fprintf(stderr, "parley-protocol-doc: %s\n", page.error().message.c_str());
    return 1;
  }
  const bool is_written = std::fwrite(page->data(), 1, page->size(), stdout) == page->size();
  return is_written && std::fflush(stdout) == 0 ? 0 : 1;
}
