// golang-jwt's verdict over each line of base64url of a token: "1" accepted, "0" refused.
//
// Arguments: issuer, audience, HS256 secret in hexadecimal, path of the ES256 public key in PEM.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

func main() {
	issuer, audience := os.Args[1], os.Args[2]
	secret, err := hex.DecodeString(os.Args[3])
	fail(err)
	pem, err := os.ReadFile(os.Args[4])
	fail(err)
	public, err := jwt.ParseECPublicKeyFromPEM(pem)
	fail(err)
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"HS256", "ES256"}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
	)
	keys := func(token *jwt.Token) (any, error) {
		if token.Method == jwt.SigningMethodHS256 {
			return secret, nil
		}
		return public, nil
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, err := base64.RawURLEncoding.DecodeString(lines.Text())
		fail(err)
		_, err = parser.Parse(string(text), keys)
		if err == nil {
			fmt.Println("1")
		} else {
			fmt.Println("0")
		}
	}
}

func fail(err error) {
	if err != nil {
		panic(err)
	}
}
