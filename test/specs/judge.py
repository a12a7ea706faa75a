"""Judges recorded exchanges by botocore's own service models.

usage: judge.py EXCHANGES.ndjson

Every line: {"service", "operation", "params", "headers", "status", "body"}, `params` as they came over the wire (flat
names for the query protocols, JSON otherwise). Prints one line a problem, then a summary; exits 1 if there was any.
"""

import datetime
import json
import re
import sys
import xml.etree.ElementTree as xml

import botocore.loaders
import botocore.model
import botocore.parsers

# AWS's "Common Errors" page of IAM and STS, those of EC2 (which models none), and what the JSON services share.
COMMON = {
    "AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
    "InternalError", "InternalFailure", "InvalidAction", "InvalidClientTokenId", "InvalidParameterCombination",
    "InvalidParameterValue", "InvalidQueryParameter", "MalformedQueryString", "MissingAction",
    "MissingAuthenticationToken", "MissingParameter", "NotAuthorized", "OptInRequired", "RequestExpired",
    "RequestLimitExceeded", "ServiceUnavailable", "SignatureDoesNotMatch", "Throttling", "ThrottlingException",
    "UnauthorizedOperation", "Unavailable", "UnrecognizedClientException", "ValidationError", "ValidationException",
}
EC2 = {
    "InvalidAssociationID.NotFound", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "IncorrectState",
    "IncorrectInstanceState", "InvalidIamInstanceProfileArn.Malformed", "InvalidIamInstanceProfileName.Malformed",
    "InvalidNextToken",
}

loader = botocore.loaders.Loader()
models = {}
patterns = {}


def model_of(service):
    if service not in models:
        description = loader.load_service_model(service, "service-2")
        models[service] = botocore.model.ServiceModel(description, service)
    return models[service]


def pattern_of(text):
    """Java's Unicode classes in Python's words; a pattern that Python cannot read at all is an error of this judge."""
    if text not in patterns:
        known = text.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\w").replace(r"\p{Z}", r"\s")
        patterns[text] = re.compile(known)
    return patterns[text]


def check(value, shape, where):
    """Problems of a parsed value against its shape."""
    if value is None:
        return
    meta = shape.metadata
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{where}: is not a structure"
            return
        for name in shape.required_members:
            if name not in value:
                yield f"{where}.{name}: required, and missing"
        for name, member in value.items():
            if name == "ResponseMetadata":
                continue
            if name not in shape.members:
                yield f"{where}.{name}: unknown member"
            else:
                yield from check(member, shape.members[name], f"{where}.{name}")
    elif kind == "list":
        yield from sized(len(value), meta, where, "items")
        for index, member in enumerate(value):
            yield from check(member, shape.member, f"{where}[{index}]")
    elif kind == "map":
        for name, member in value.items():
            yield from check(name, shape.key, f"{where} key")
            yield from check(member, shape.value, f"{where}[{name}]")
    elif kind == "string":
        if not isinstance(value, str):
            # botocore decodes policy documents of IAM only later; here they are still text
            yield f"{where}: {value!r} is not a string"
            return
        if shape.enum and value not in shape.enum:
            yield f"{where}: {value!r} is not one of {', '.join(shape.enum)}"
        yield from sized(len(value), meta, where, "characters")
        if meta.get("pattern") and not pattern_of(meta["pattern"]).fullmatch(value):
            yield f"{where}: {value!r} does not match {meta['pattern']}"
    elif kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"{where}: {value!r} is not a number"
        else:
            yield from sized(value, meta, where, "")
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{where}: {value!r} is not a boolean"
    elif kind == "timestamp":
        if not isinstance(value, datetime.datetime):
            yield f"{where}: {value!r} is not a timestamp"


def sized(size, meta, where, unit):
    if "min" in meta and size < meta["min"]:
        yield f"{where}: {size} {unit} are fewer than {meta['min']}"
    if "max" in meta and size > meta["max"]:
        yield f"{where}: {size} {unit} are more than {meta['max']}"


class Wire:
    """Reads the flat parameters of the query protocols into the input shape."""

    def __init__(self, params, protocol):
        self.left = dict(params)
        self.protocol = protocol
        self.problems = []

    def read(self, shape):
        self.left.pop("Action", None)
        self.left.pop("Version", None)
        value = self.structure(shape, "") if shape else {}
        self.problems += [f"request.{name}: unknown parameter" for name in self.left]
        return value

    def name_of(self, name, member):
        if self.protocol == "ec2":
            query = member.serialization.get("queryName")
            if query:
                return query
            located = member.serialization.get("name", name)
            return located[0].upper() + located[1:]
        return member.serialization.get("name", name)

    def structure(self, shape, prefix):
        value = {}
        for name, member in shape.members.items():
            read = self.member(member, prefix + self.name_of(name, member))
            if read is not None:
                value[name] = read
        return value

    def under(self, prefix):
        return any(name == prefix or name.startswith(prefix + ".") for name in self.left)

    def member(self, shape, at):
        kind = shape.type_name
        if not self.under(at):
            return None
        if kind == "structure":
            return self.structure(shape, at + ".")
        if kind == "list":
            if self.left.get(at) == "":
                del self.left[at]
                return []
            flat = self.protocol == "ec2" or shape.serialization.get("flattened")
            inner = shape.member.serialization.get("name", "member")
            base = at if flat else f"{at}.{inner}"
            items = []
            while self.under(f"{base}.{len(items) + 1}"):
                items.append(self.member(shape.member, f"{base}.{len(items) + 1}"))
            return items
        if kind == "map":
            entries, index = {}, 1
            base = at if shape.serialization.get("flattened") else f"{at}.entry"
            while self.under(f"{base}.{index}"):
                key = self.member(shape.key, f"{base}.{index}.{shape.key.serialization.get('name', 'key')}")
                entries[key] = self.member(shape.value, f"{base}.{index}.{shape.value.serialization.get('name', 'value')}")
                index += 1
            return entries
        text = self.left.pop(at, None)
        if text is None:
            return None
        try:
            if kind in ("integer", "long"):
                return int(text)
            if kind in ("float", "double"):
                return float(text)
            if kind == "boolean":
                return {"true": True, "false": False}[str(text).lower()]
            if kind == "timestamp":
                return datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        except (KeyError, ValueError):
            self.problems.append(f"request.{at}: {text!r} is not a {kind}")
            return None
        return text


def request_problems(service, operation, params):
    shape = operation.input_shape
    if service.metadata["protocol"] in ("query", "ec2"):
        wire = Wire(params, service.metadata["protocol"])
        value = wire.read(shape)
        yield from wire.problems
    else:
        value = params
    if shape:
        yield from check(value, shape, "request")


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def unknown_elements(element, shape, where):
    """Elements of an XML answer that the model does not have: botocore's parser drops them silently."""
    if shape.type_name == "structure":
        names = {}
        for name, member in shape.members.items():
            flat_list = member.type_name == "list" and member.serialization.get("flattened")
            inner = member.member.serialization.get("name") if flat_list else None
            names[inner or member.serialization.get("name", name)] = member
        for child in element:
            if local(child) not in names:
                if local(child) not in ("ResponseMetadata", "requestId"):
                    yield f"{where}.{local(child)}: an element that the model does not have"
            else:
                yield from unknown_elements(child, names[local(child)], f"{where}.{local(child)}")
    elif shape.type_name == "list" and not shape.serialization.get("flattened"):
        inner = shape.member.serialization.get("name", "member")
        for child in element:
            if local(child) != inner:
                yield f"{where}: list item <{local(child)}> should be <{inner}>"
            else:
                yield from unknown_elements(child, shape.member, f"{where}[]")


def answer_problems(service, operation, exchange):
    protocol = service.metadata["protocol"]
    status = exchange["status"]
    body = exchange["body"] or ""
    shape = operation.output_shape
    parser = botocore.parsers.create_parser(protocol)
    answer = {
        "status_code": status,
        "headers": {name.lower(): value for name, value in exchange["headers"].items()},
        "body": body.encode("utf-8"),
    }
    try:
        parsed = parser.parse(answer, shape)
    except Exception as error:  # noqa: BLE001 - whatever the parser says is the finding
        yield f"answer: botocore cannot read it: {error}"
        return
    if status >= 400:
        code = parsed.get("Error", {}).get("Code")
        modelled = {error.error_code: error.metadata.get("error", {}) for error in operation.error_shapes}
        allowed = set(modelled) | COMMON | (EC2 if service.service_name == "ec2" else set())
        if code not in allowed:
            yield f"answer: error {code!r} is neither common nor modelled ({', '.join(sorted(modelled))})"
        expected = modelled.get(code, {}).get("httpStatusCode")
        if expected and expected != status:
            yield f"answer: error {code} comes with status {status}, not {expected}"
        return
    if shape:
        parsed.pop("ResponseMetadata", None)
        yield from check(parsed, shape, "answer")
        if protocol in ("query", "ec2"):
            root = xml.fromstring(body)
            wrapper = shape.serialization.get("resultWrapper")
            inner = next((child for child in root if local(child) == wrapper), None) if wrapper else root
            if inner is None:
                yield f"answer: <{wrapper}> is missing"
            else:
                yield from unknown_elements(inner, shape, "answer")


def problems_of(exchange):
    try:
        service = model_of(exchange["service"])
    except Exception:  # noqa: BLE001 - botocore's own error names vary
        yield f"unknown service {exchange['service']}"
        return
    try:
        operation = service.operation_model(exchange["operation"])
    except botocore.model.OperationNotFoundError:
        yield "unknown operation"
        return
    yield from request_problems(service, operation, exchange["params"])
    yield from answer_problems(service, operation, exchange)


def main(path):
    found, seen = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            exchange = json.loads(line)
            name = f"{exchange['service']}:{exchange['operation']}"
            seen[name] = seen.get(name, 0) + 1
            for problem in problems_of(exchange):
                text = f"{name} " + re.sub(r"\[[0-9]+\]", "[]", problem)
                found[text] = found.get(text, 0) + 1
    for text, times in sorted(found.items()):
        print(f"{times} × {text}")
    exchanges = sum(seen.values())
    print(f"{exchanges} exchanges over {len(seen)} operations judged, {len(found)} problems")
    if exchanges == 0:
        print("nothing was recorded")
    return 1 if found or exchanges == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
