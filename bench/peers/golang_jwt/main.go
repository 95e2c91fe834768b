// golang-jwt, measured: sign and verify with its parsed keys, as bench/tokens.py asks on stdin.
package main

import (
	"bufio"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const batch = 50 // operations between two looks at the clock

type material struct {
	Issuer, Audience string
	Secret           string
	Claims           map[string]any
	Keys             map[string]struct{ Private, Public string }
	Tokens           map[string][]string
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func keys(alg string, m material) (private, public any) {
	switch alg {
	case "HS256":
		secret := must(hex.DecodeString(m.Secret))
		return secret, secret
	case "RS256":
		return must(jwt.ParseRSAPrivateKeyFromPEM([]byte(m.Keys[alg].Private))),
			must(jwt.ParseRSAPublicKeyFromPEM([]byte(m.Keys[alg].Public)))
	case "ES256":
		return must(jwt.ParseECPrivateKeyFromPEM([]byte(m.Keys[alg].Private))),
			must(jwt.ParseECPublicKeyFromPEM([]byte(m.Keys[alg].Public)))
	default:
		var signer crypto.PrivateKey = must(jwt.ParseEdPrivateKeyFromPEM([]byte(m.Keys[alg].Private)))
		return signer, must(jwt.ParseEdPublicKeyFromPEM([]byte(m.Keys[alg].Public)))
	}
}

func operation(alg, name string, m material) func(int) {
	private, public := keys(alg, m)
	method := jwt.GetSigningMethod(map[string]string{"Ed25519": "EdDSA"}[alg])
	if method == nil {
		method = jwt.GetSigningMethod(alg)
	}
	if name == "sign" {
		return func(int) { must(jwt.NewWithClaims(method, jwt.MapClaims(m.Claims)).SignedString(private)) }
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{method.Alg()}), jwt.WithIssuer(m.Issuer),
		jwt.WithAudience(m.Audience), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	tokens := m.Tokens[method.Alg()]
	key := func(*jwt.Token) (any, error) { return public, nil }
	return func(i int) { must(parser.Parse(tokens[i%len(tokens)], key)) }
}

func main() {
	runtime.GOMAXPROCS(1)
	var m material
	if err := json.Unmarshal(must(os.ReadFile(os.Args[1])), &m); err != nil {
		panic(err)
	}
	version := "?"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			version = dependency.Version
		}
	}
	fmt.Printf("golang-jwt %s, %s\n", version, runtime.Version())
	operations := map[string]func(int){}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text()) // alg, operation, milliseconds
		run, ok := operations[words[0]+words[1]]
		if !ok {
			run = operation(words[0], words[1], m)
			operations[words[0]+words[1]] = run
		}
		limit := must(time.ParseDuration(words[2] + "ms"))
		count, start := 0, time.Now()
		for time.Since(start) < limit {
			for i := 0; i < batch; i++ {
				run(count + i)
			}
			count += batch
		}
		fmt.Printf("%d %d\n", count, time.Since(start).Nanoseconds())
	}
}
