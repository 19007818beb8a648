/* One run, with one account, or with none if the group has no pool. */
static LariatStatus call(void *handle, uint64_t op, LariatBytes method, LariatBytes payload) {
  static const char *const PACKS[] = {"params", "packs", NULL};
  const Open *open = handle;
  const LariatHost *host = open->host;
  Text answer = {NULL, 0, 0, 0};
  long packs, pack;
  if (!lariat_is(method, "run")) return LARIAT_UNSUPPORTED;
  if (!json_number((const char *)payload.ptr, payload.len, PACKS, &packs)) return LARIAT_INVALID;
  for (pack = 1; pack <= packs; pack++) {
    LariatStatus slept;
    host->call(host, op, lariat_text("ctx.log"), lariat_text("{\"level\": \"info\", \"message\": \"opening a pack\"}"), NULL, NULL);
    /* Ends at once when the run is told to stop: then the account goes back uncounted. */
    slept = host->call_wait(host, op, lariat_text("ctx.sleep"), lariat_text("{\"ms\": 50}"), NULL, NULL);
    if (slept != LARIAT_OK) {
      host->complete(host, op, slept, lariat_text("{\"message\": \"told to end\"}"));
      return LARIAT_OK;
    }
  }
  text_put(&answer, "{\"outcome\": \"completed\", \"result\": {\"packs_opened\": ");
  text_number(&answer, (unsigned long)packs);
  text_put(&answer, "}}");
  done(open, op, &answer);
  text_free(&answer);
  return LARIAT_OK;
}

