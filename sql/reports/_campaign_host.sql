create function _campaign_host(url text)
returns text
language sql immutable parallel safe
return lower(substring(url from '^(?:[^:/?#]+://|//)?(?:[^/?#@]*@)?(\[[^]]*\]|[^/:?#]+)'));

comment on function _campaign_host(text) is
'The host of a URL in lower case, without user, port, path or query; NULL when the text holds no host.';

revoke all on function _campaign_host(text) from public;
