"""Packages made by hand: a good one works, a broken, lying or missing part is named and leaves nothing behind."""

import pathlib
import time

import pytest
import snowflake.connector
from model_package import CONDA, MANIFEST, MODEL_YAML, create, package, upload

ProgrammingError = snowflake.connector.errors.ProgrammingError


def test_a_package_made_by_hand_predicts(connection, sql, name, tmp_path):
    model = name("HAND")
    rows = create(connection, model, package(), tmp_path)
    assert len(rows) == 1 and len(rows[0]) == 1
    assert sql(f"select {model}!predict(column1)['OUT']::double from values (1), (2.5) order by 1") == [(2.0,), (5.0,)]
    sql(f"drop model {model}")


def changed(**replaced):
    files = package()
    for path, content in replaced.items():
        files[path.replace("__", "/").replace("_yml", ".yml").replace("_yaml", ".yaml").replace("_py", ".py")] = content
    return files


def manifest(old, new):
    assert old in MANIFEST
    return changed(MANIFEST_yml=MANIFEST.replace(old, new))


BROKEN = {
    "no manifest": (changed(MANIFEST_yml=None), "MANIFEST.yml"),
    "empty manifest": (changed(MANIFEST_yml=""), "MANIFEST.yml"),
    "manifest is not YAML": (changed(MANIFEST_yml="methods: [a, {b: ]"), "MANIFEST.yml"),
    "manifest is a list": (changed(MANIFEST_yml="- a\n- b\n"), "MANIFEST.yml"),
    "manifest is binary": (changed(MANIFEST_yml=bytes(range(256)) * 40), "MANIFEST.yml"),
    "manifest is nested deeply": (changed(MANIFEST_yml="methods: " + "[" * 100_000), "MANIFEST.yml"),
    "no methods": (changed(MANIFEST_yml="manifest_version: '1.0'\nmethods: []\nruntimes: {}\n"), "method"),
    "handler file missing": (changed(functions__predict_py=None), "predict.py"),
    "handler elsewhere": (manifest("functions.predict.infer", "functions.nope.infer"), "nope"),
    "handler outside": (manifest("functions.predict.infer", "...etc.passwd"), ""),
    "runtime undefined": (manifest("runtime: python_runtime", "runtime: other_runtime"), "other_runtime"),
    "language unknown": (manifest("language: PYTHON", "language: COBOL"), "COBOL"),
    "python of another version": (manifest("version: '3.11'", "version: '2.7'"), "2.7"),
    "type unknown": (manifest("type: DOUBLE", "type: QUATERNION"), "QUATERNION"),
    "kind unknown": (manifest("type: FUNCTION", "type: GADGET"), "GADGET"),
    "method name missing": (manifest("  name: PREDICT\n", ""), "name"),
    "two methods of one name": (changed(MANIFEST_yml=MANIFEST.replace(
        "runtimes:\n", MANIFEST[MANIFEST.index("- handler"):MANIFEST.index("runtimes:\n")] + "runtimes:\n")), "PREDICT"),
    "environment file missing": (changed(runtimes__python_runtime__env__conda_yml=None), "conda.yml"),
    "environment outside": (manifest("conda: runtimes/python_runtime/env/conda.yml", "conda: ../../../../etc/passwd"), ""),
    "environment absolute": (manifest("conda: runtimes/python_runtime/env/conda.yml", "conda: /etc/passwd"), ""),
    "import outside": (manifest("- model/", "- ../../"), ""),
    "model.yaml broken": (changed(model__model_yaml="signatures: {{{"), "model.yaml"),
    "signature of other inputs": (changed(model__model_yaml=MODEL_YAML.replace("- name: A\n", "- name: OTHER\n")), ""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_package_is_refused_by_name_and_leaves_nothing(server, connection, sql, name, tmp_path, what):
    files, named = BROKEN[what]
    model = name("BROKEN")
    with pytest.raises(ProgrammingError) as caught:
        create(connection, model, files, tmp_path)
    words = str(caught.value)
    assert named.lower() in words.lower(), words
    assert caught.value.errno not in (603, 300002) and "root:" not in words, words
    assert sql(f"show models like '{model}'") == []
    assert server.alive


def test_a_yaml_bomb_is_not_unfolded(server, connection, name, tmp_path):
    """Nine levels of nine references each: 387 million items when unfolded."""
    levels = "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
    files, before = changed(MANIFEST_yml="a: &a [x,x,x,x,x,x,x,x,x]\n" + levels + MANIFEST), server.resident_bytes()
    began = time.monotonic()
    try:
        create(connection, name("BOMB"), files, tmp_path)
    except ProgrammingError as error:
        assert "MANIFEST.yml" in str(error)
    assert time.monotonic() - began < 20 and server.resident_bytes() - before < 200 << 20 and server.alive


def test_a_refused_version_leaves_the_model_as_it_was(connection, sql, name, tmp_path):
    model = name("KEEP")
    create(connection, model, package(), tmp_path / "good")
    source = upload(connection, changed(MANIFEST_yml="nonsense"), "BAD_STAGE", tmp_path / "bad")
    with pytest.raises(ProgrammingError):
        sql(f"alter model {model} add version V2 from {source}")
    assert len(sql(f"show versions in model {model}")) == 1
    assert sql(f"select {model}!predict(2)['OUT']::int") == [(4,)]


def test_a_model_from_an_empty_or_missing_place_is_refused(sql, name):
    model = name("NOWHERE")
    sql("create temporary stage nothing_here")
    for source in ("@nothing_here", "@nothing_here/sub", "@no_such_stage/x", "'snow://model/NO_SUCH/versions/V1/'",
                   "model NO_SUCH_MODEL", "'/etc'", "'file:///etc'", "'s3://bucket/x'"):
        with pytest.raises(ProgrammingError):
            sql(f"create model {model} with version v1 from {source}")
    assert sql(f"show models like '{model}'") == []


@pytest.mark.parametrize("requirement", [
    "no-such-package-xyzzy==1.0", "pandas==0.0.1", "git+https://example.org/x.git", "https://example.org/x.whl",
    "--index-url https://example.org", "-r /etc/passwd", "-e .", "./local", "pandas; __import__('os').system('id')",
    "pandas\n--extra-index-url https://example.org", "file:///etc/passwd"])
def test_requirements_that_cannot_be_had_fail_by_name(server, connection, sql, name, tmp_path, requirement):
    model = name("REQ")
    files = package()
    files["runtimes/python_runtime/env/requirements.txt"] = requirement + "\n"
    files["model/env/requirements.txt"] = requirement + "\n"
    with pytest.raises(ProgrammingError) as caught:
        create(connection, model, files, tmp_path)
        sql(f"select {model}!predict(1)")
    word = requirement.split("\n")[-1].split("==")[0].split(" ")[0].split(";")[0]
    assert word in str(caught.value), str(caught.value)
    assert "root:" not in str(caught.value)
    sql(f"drop model if exists {model}")
    assert server.alive


def test_a_link_in_a_package_is_a_file_like_any_other(connection, sql, name, tmp_path):
    """The client follows links when it uploads: the server only ever sees bytes under names."""
    files = package()
    target = tmp_path / "outside.txt"
    target.write_text("outside")
    create(connection, model := name("LINK"), files, tmp_path / "p")
    names = {row[0] for row in sql(f"list 'snow://model/{model}/versions/V1/'")}
    assert names == {f"versions/V1/{path}" for path in files}
    assert not any(pathlib.PurePosixPath(each).is_absolute() or ".." in each for each in names)


def test_versions_are_read_only(connection, sql, name, tmp_path):
    model = name("FROZEN")
    create(connection, model, package(), tmp_path / "p")
    extra = tmp_path / "extra.txt"
    extra.write_text("more")
    for statement in (
            f"put 'file://{extra}' 'snow://model/{model}/versions/V1/model/' auto_compress=false",
            f"remove 'snow://model/{model}/versions/V1/model/'",
            f"put 'file://{extra}' 'snow://model/{model}/versions/V9/' auto_compress=false"):
        with pytest.raises(snowflake.connector.errors.Error):
            sql(statement)
    assert len(sql(f"list 'snow://model/{model}/versions/V1/'")) == len(package())


def test_a_copy_shares_its_blobs(server, connection, sql, name, tmp_path):
    model = name("SHARED")
    files = package()
    files["model/models/M/model.pkl"] = "unique " + model
    create(connection, model, files, tmp_path)
    before = server.blobs()
    sql(f"create model {model}_COPY with version V1 from model {model} version V1")
    sql(f"alter model {model} add version V2 from 'snow://model/{model}/versions/V1/'")
    assert server.blobs() == before
    sql(f"drop model {model}")
    assert sql(f"select {model}_COPY!predict(4)['OUT']::int") == [(8,)]


def test_a_live_version_is_filled_and_committed(connection, sql, name, tmp_path):
    model = name("LIVE")
    sql(f"create model {model} with live version WORK")
    for path, content in package().items():
        local = tmp_path / path
        local.parent.mkdir(parents=True, exist_ok=True)
        local.write_text(content)
        folder = "" if "/" not in path else str(pathlib.PurePosixPath(path).parent) + "/"
        sql(f"put 'file://{local}' 'snow://model/ML.REGISTRY.{model}/versions/WORK/{folder}' auto_compress=false")
    sql(f"alter model {model} commit version WORK rename to ML.REGISTRY.{model}_DONE rename version to V1")
    assert sql(f"select {model}_DONE!predict(1)['OUT']::int") == [(2,)]
    assert sql(f"show models like '{model}'") == []


def test_conda_channels_are_words_not_addresses(connection, sql, name, tmp_path):
    files = package()
    files["runtimes/python_runtime/env/conda.yml"] = CONDA.replace("- nodefaults", "- https://example.org/channel\n- nodefaults")
    create(connection, model := name("CHANNEL"), files, tmp_path)
    assert sql(f"select {model}!predict(1)['OUT']::int") == [(2,)]
