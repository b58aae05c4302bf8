// Lists that come in pages: all pages, as if they were one answer. Private to admin/.
#pragma once

#include <utility>

#include "admin/desk.hpp"

namespace parley::admin_cli {

// `page_of(request)` is the page that is asked for. `items_of(answer)` is a list of at most one
// page, and `id_of(item)` what the next page comes after.
template <class PageOf, class ListOf, class ItemsOf, class IdOf>
Exit show_all(Desk& desk, admin::Request request, PageOf page_of, ListOf list_of, ItemsOf items_of,
              IdOf id_of) {
  admin::Answer all;
  while (true) {
    auto answer = desk.ask(request);
    if (!answer) return answer.error();
    auto& list = *list_of(*answer);
    const bool has_more = list.has_more() && !items_of(list).empty();
    if (has_more) page_of(request)->set_after_id(id_of(*items_of(list).rbegin()));
    list.clear_has_more();
    all.MergeFrom(*answer);
    if (!has_more) break;
  }
  desk.show(all);
  return Exit::ok;
}

}  // namespace parley::admin_cli
