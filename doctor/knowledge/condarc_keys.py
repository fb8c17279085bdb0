"""The keys that a condarc may hold, their kinds and other names, dated 2026-11.

Source: conda 26.7, base/context.py; mamba 2, libmamba/src/api/configuration.cpp. Keys that only earlier releases
knew are kept, so that an old file is not called wrong.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    """Read a table of keys that is written as running text."""
    return frozenset(text.split())


#: another name -> the key that conda means by it
ALIASES: Mapping[str, str] = {
    "add_binstar_token": "add_anaconda_token",
    "auto_activate_base": "auto_activate",
    "binstar_upload": "anaconda_upload",
    "channel": "channels",
    "client_cert": "client_ssl_cert",
    "client_cert_key": "client_ssl_cert_key",
    "conda-build": "conda_build",
    "cooldown": "exclude_newer",
    "cooldown_exclude": "exclude_newer_package",
    "copy": "always_copy",
    "disallow": "disallowed_packages",
    "env_spec": "environment_specifier",
    "envs_path": "envs_dirs",
    "experimental_solver": "solver",
    "extra_platforms": "export_platforms",
    "pip_interop_enabled": "prefix_data_interoperability",
    "root_dir": "root_prefix",
    "self_update": "auto_update_conda",
    "softlink": "always_softlink",
    "verbose": "verbosity",
    "verify_ssl": "ssl_verify",
    "virtual_packages": "override_virtual_packages",
    "whitelist_channels": "allowlist_channels",
    "yes": "always_yes",
}

LISTS = _words(
    """
    aggressive_update_packages allowlist_channels channel_settings channels create_default_packages
    default_channels denylist_channels disallowed_packages envs_dirs experimental export_platforms list_fields
    migrated_channel_aliases pinned_packages pkgs_dirs preview repodata_fns shortcuts_only subdirs track_features
    trusted_channels
    """
)

MAPS = _words(
    """
    conda_build custom_channels custom_multichannels exclude_newer_package migrated_custom_channels
    mirrored_channels override_virtual_packages plugins proxy_servers repodata_has_zst
    """
)

BOOLEANS = _words(
    """
    add_anaconda_token add_pip_as_python_dependency allow_conda_downgrades allow_cycles allow_non_channel_urls
    allow_softlinks always_copy always_softlink auto_activate auto_update_conda changeps1 clobber debug dev
    download_only dry_run enable_private_envs extra_safety_checks force force_32bit force_reinstall force_remove
    ignore_pinned json no_lock no_plugins non_admin_enabled notify_outdated_conda offline
    override_channels_enabled prefix_data_interoperability protect_frozen_envs quiet register_envs
    repodata_use_shards repodata_use_zst rollback_enabled separate_format_cache shortcuts
    solver_ignore_timestamps trace unsatisfiable_hints use_index_cache use_local
    """
)

#: key -> what it may say; true means flexible and false disabled for channel_priority
CHOICES: Mapping[str, frozenset[str]] = {
    "channel_priority": _words("strict flexible disabled true false yes no on off"),
    "path_conflict": _words("clobber warn prevent"),
    "safety_checks": _words("disabled warn enabled"),
    "update_modifier": _words("specs_satisfied_skip_solve freeze_installed update_deps update_specs update_all"),
    "deps_modifier": _words("not_set no_deps only_deps"),
}

#: keys of a single value that is neither a truth nor one of a few words
_SCALARS = _words(
    """
    always_yes anaconda_upload auto_stack bld_path channel_alias channel_priority client_ssl_cert
    client_ssl_cert_key console croot default_activation_env default_python default_threads deps_modifier
    env_prompt environment_specifier envvars_force_uppercase error_upload_url exclude_newer execute_threads
    fetch_threads local_repodata_ttl number_channel_notices path_conflict remote_backoff_factor
    remote_connect_timeout_secs remote_max_retries remote_read_timeout_secs repodata_threads report_errors
    root_prefix safety_checks sat_solver show_channel_urls signing_metadata_url_base solver ssl_verify subdir
    target_prefix_override unsatisfiable_hints_check_depth update_modifier use_only_tar_bz2 verbosity
    verify_threads
    """
)

#: of earlier condas, of mamba, of conda-build and of Anaconda's plug-ins
_ELSEWHERE = _words(
    """
    allow_downgrades allow_other_channels anaconda_anon_usage anaconda_heartbeat anaconda_identity binstar_personal
    cacert_path categories compile_pyc create_base download_threads explicit_install extract_threads
    experimental_matchspec_parsing experimental_sharded_repodata freeze_installed libmambapy_logging
    lock_timeout log_backtrace log_level log_pattern mamba_repodata_parsing max_shlvl no_deps no_env no_pin
    no_py_pin no_rc only_deps order_solver_request platform quiet rc_files relocate_prefix repodata_shards_threads
    repodata_shards_ttl restore_free_channel retry_clean_cache shell_completion show_anaconda_channel_warnings
    ssl_no_revoke update_dependencies update_deps use_lockfiles use_pip use_sharded_repodata
    use_uv user_agent verify_artifacts
    """
)

KNOWN = LISTS | MAPS | BOOLEANS | _SCALARS | _ELSEWHERE | ALIASES.keys()

#: keys in whose values conda puts environment variables
EXPANDED = _words(
    """
    allowlist_channels channel_alias channels client_ssl_cert client_ssl_cert_key custom_channels
    custom_multichannels default_channels denylist_channels envs_dirs migrated_custom_channels pkgs_dirs
    proxy_servers shortcuts_only ssl_verify
    """
)

TRUE = _words("true yes on y 1")
FALSE = _words("false no off n 0")


def nearest(key: str) -> str:
    """The known key that a misspelt one was meant for, at most two letters away; empty where none is."""
    if len(key) > 40:
        return ""
    most = 1 if len(key) < 6 else 2
    distance, found = min((_distance(key, known), known) for known in KNOWN)
    return found if distance <= most else ""


def _distance(one: str, other: str) -> int:
    """Letters to insert, leave out or replace; far apart counts as 9."""
    if abs(len(one) - len(other)) > 2:
        return 9
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            here.append(min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != wanted)))
        above = here
    return above[-1]
