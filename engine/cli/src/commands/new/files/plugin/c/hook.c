/* One answer: go on, change the plan, leave an instance out, deny, try again later. */
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  static const char *const MOST[] = {"params", "most", NULL}, *const BOTS[] = {"plan", "bot_count", NULL};
  const char *json = (const char *)payload.ptr;
  const Open *open = handle;
  Text answer = {NULL, 0, 0, 0};
  long most, bots;
  if (!lariat_is(method, "run")) return LARIAT_UNSUPPORTED;
  if (!json_number(json, payload.len, MOST, &most)) return LARIAT_INVALID;
  if (most == 0) {
    text_put(&answer, "{\"verdict\": \"deny\", \"reason\": \"no bots are allowed\"}");
  } else if (json_number(json, payload.len, BOTS, &bots) && bots > most) {
    text_put(&answer, "{\"verdict\": \"patch\", \"patch\": {\"bot_count\": ");
    text_number(&answer, (unsigned long)most);
    text_put(&answer, "}}");
  } else {
    text_put(&answer, "{\"verdict\": \"continue\"}");
  }
  done(open, op, &answer);
  text_free(&answer);
  return LARIAT_OK;
}

